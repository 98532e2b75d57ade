import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../shared/embedded-postgres/embedded-postgres';
import { packageRoot } from '../shared/package-root';
import { failProcess } from '../shared/run-process';
import { StartError } from '../shared/start-error';
import { DATA_SIZE, fillDatabase, readClubIds, slugOf, versionOfPostgres } from './data';
import { measureGrowth } from './growth';
import { measureMemory } from './memory';
import { installPeers, peerVersions } from './peers';
import { usageOfTree } from './process-usage';
import { describeCircumstances, type SceneResult, tableOf, targetsOf } from './report';
import { prepareScene, runScene } from './scene-run';
import { type Known, scenes } from './scenes';
import { startTokenIssuer } from './token-issuer';
import { startVariants, writeInternalKeys } from './variant-run';
import { variants } from './variants';

const WHOLE_SCENES = [...scenes.map(({ name }) => name), 'growth'];
const QUICK_SCENES = ['tenant', 'tenants', 'registry', 'lead'];
const sceneNames = [...WHOLE_SCENES, 'memory'];

const HELP = `Usage: npm run bench [-- --quick] [--variant NAME]… [--scene NAME]…

Holds the graph against others in one run on one machine, and prints tables. A whole run, some 35 minutes, writes them to
bench/RESULTS.md.

  --quick         under two minutes: fewer and shorter rounds, and neither documents nor growth
  --variant NAME  only this one of ${variants.map(({ name }) => name).join(', ')}
  --scene NAME    only this one of ${sceneNames.join(', ')};
                  memory, some ten minutes, is measured only so
  --help          this text
`;

const RESULTS_FILE = path.join(packageRoot, 'bench', 'RESULTS.md');
/** Of the main query; the other scenes have fewer and shorter ones. */
const WHOLE = { rounds: 5, seconds: 8, otherRounds: 3, otherSeconds: 4, warmUpSeconds: 10 };
const QUICK = { rounds: 2, seconds: 2, otherRounds: 1, otherSeconds: 1, warmUpSeconds: 1 };

async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      variant: { type: 'string', multiple: true },
      scene: { type: 'string', multiple: true },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (process.platform !== 'linux') throw new StartError('CPU time is read from /proc, so this needs Linux.');
  const played = chosen('--scene', values.scene ?? (values.quick ? QUICK_SCENES : WHOLE_SCENES), sceneNames);
  const variantNames = chosen(
    '--variant',
    values.variant,
    variants.map(({ name }) => name),
  );
  const extent = values.quick ? QUICK : WHOLE;
  await installPeers();

  const directory = await mkdtemp(path.join(tmpdir(), 'tenant-graph-bench-'));
  const postgresDirectory = path.join(directory, 'postgres');
  const postgres = await startEmbeddedPostgres({
    directory: postgresDirectory,
    parameters: ['max_connections=500', 'shared_buffers=512MB'],
  });
  const postmaster = Number.parseInt(
    await readFile(path.join(postgresDirectory, 'data', 'postmaster.pid'), 'utf8'),
    10,
  );
  const issuer = await startTokenIssuer();
  let stopVariants = async (): Promise<void> => undefined;
  try {
    console.log(`Writing ${DATA_SIZE.tenants} tenants …`);
    await fillDatabase(postgres.url, DATA_SIZE);
    const known: Known = {
      slugs: Array.from({ length: DATA_SIZE.tenants }, (_, index) => slugOf(index + 1)),
      clubIds: await readClubIds(postgres.url),
    };
    console.log(`Starting ${variantNames.join(', ')} …`);
    const keysDirectory = await writeInternalKeys(directory);
    const running = await startVariants(
      variants.filter(({ name }) => variantNames.includes(name)),
      { databaseUrl: postgres.url, tokenSettings: issuer.settings, keysDirectory, directory },
    );
    stopVariants = running.stop;

    const surroundings = {
      running,
      known,
      authorization: issuer.authorization,
      postgres: { usage: () => usageOfTree(postmaster) },
    };
    const results: SceneResult[] = [];
    const report = (result: SceneResult) => {
      results.push(result);
      console.log(`\n${tableOf(result)}`);
    };
    for (const scene of scenes.filter(({ name }) => played.includes(name))) {
      const isMain = scene.name === 'tenant';
      const rounds = isMain ? extent.rounds : extent.otherRounds;
      const seconds = isMain ? extent.seconds : extent.otherSeconds;
      const { warmUpSeconds } = extent;
      await prepareScene(scene, surroundings);
      report(await runScene(scene, { ...surroundings, rounds, seconds, warmUpSeconds }));
      if (isMain) console.log(targetsOf(results[0] as SceneResult));
    }
    if (played.includes('growth')) {
      const { otherRounds: rounds, otherSeconds: seconds, warmUpSeconds } = extent;
      for await (const result of measureGrowth({
        ...surroundings,
        databaseUrl: postgres.url,
        rounds,
        seconds,
        warmUpSeconds,
      })) {
        report(result);
      }
    }
    if (played.includes('memory')) report(await measureMemory(surroundings));
    const isWhole = !values.quick && !values.variant && !values.scene;
    if (isWhole) {
      const circumstances = describeCircumstances({
        postgresVersion: await versionOfPostgres(postgres.url),
        peerVersions: await peerVersions(),
        variants,
        rounds: extent.rounds,
        seconds: extent.seconds,
      });
      const [main] = results;
      const tables = [...(main ? [targetsOf(main)] : []), ...results.map(tableOf)];
      await writeFile(RESULTS_FILE, [circumstances, ...tables].join('\n'));
      console.log(`Written to ${path.relative(process.cwd(), RESULTS_FILE)}`);
    }
  } finally {
    await stopVariants();
    issuer.stop();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function chosen(option: string, names: string[] | undefined, all: string[]): string[] {
  const unknown = names?.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new StartError(`${option} ${unknown}: choose from ${all.join(', ')}`);
  return names ?? all;
}

bench().catch(failProcess);
