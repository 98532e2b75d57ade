import { execFileSync } from 'node:child_process';
import os from 'node:os';
import type { Sample } from './measure';

/** What one scene told of each variant, in their order. */
export interface SceneResult {
  title: string;
  rows: { name: string; sample: Sample }[];
}

export interface Circumstances {
  postgresVersion: string;
  peerVersions: string[];
  variants: { name: string; title: string }[];
  rounds: number;
  seconds: number;
}

const HEADINGS = ['', 'req/s', 'p50 ms', 'p99 ms', 'CPU Node', 'CPU PostgreSQL', 'RSS MB', '× first'];

/** A scene as a table in Markdown, the throughput of each row held against the first one's. */
export function tableOf({ title, rows }: SceneResult): string {
  const first = rows[0]?.sample.requestsPerSecond ?? Number.NaN;
  const lines = rows.map(({ name, sample }) => [
    name,
    sample.requestsPerSecond.toFixed(0),
    sample.p50Ms.toFixed(0),
    sample.p99Ms.toFixed(0),
    sample.nodeCpuMs.toFixed(2),
    sample.postgresCpuMs.toFixed(2),
    sample.rssMegabytes.toFixed(0),
    (sample.requestsPerSecond / first).toFixed(2),
  ]);
  return `## ${title}\n\n${toMarkdown([HEADINGS, ...lines])}\n`;
}

/** How far the main query is from what is asked of it; a row whose variants were not measured is left out. */
export function targetsOf(main: SceneResult): string {
  const of = (name: string) => main.rows.find((row) => row.name === name)?.sample;
  const throughput = (name: string, other: string) =>
    ratio(of(name)?.requestsPerSecond, of(other)?.requestsPerSecond);
  const targets: [text: string, value: number, must: string, aim: string][] = [
    ['one process : raw', throughput('ours', 'raw'), '0.5', '0.8'],
    ['one process : rest', throughput('ours', 'rest'), '0.8', '1.0'],
    ['one process : rest-shared', throughput('ours', 'rest-shared'), '', ''],
    ['one process : stock', throughput('ours', 'stock'), '8', '12'],
    ['one process : mercurius', throughput('ours', 'mercurius'), '3', '5'],
    ['distributed : stock', throughput('ours-distributed', 'stock'), '2.5', '4'],
    ['distributed : hive', throughput('ours-distributed', 'hive'), '2.5', '4'],
    ['p99 of one process : p99 of raw (at most)', ratio(of('ours')?.p99Ms, of('raw')?.p99Ms), '2.0', '1.3'],
    ['RSS of one process in MB (at most)', of('ours')?.rssMegabytes ?? Number.NaN, '250', '150'],
  ];
  const rows = targets
    .filter(([, value]) => !Number.isNaN(value))
    .map(([text, value, must, aim]) => [text, value.toFixed(2), must, aim]);
  return `## Main query against its targets\n\n${toMarkdown([['', 'measured', 'must', 'aim'], ...rows])}\n`;
}

/** Where, when and with what it was measured. */
export function describeCircumstances(circumstances: Circumstances): string {
  const { postgresVersion, peerVersions, variants, rounds, seconds } = circumstances;
  const [cpu] = os.cpus();
  return [
    '# What the graph costs beside others',
    '',
    'Written by `npm run bench`; see [README.md](README.md) for how to read it. CPU is in milliseconds for one request,',
    'of all Node processes of a variant and of PostgreSQL.',
    '',
    `- ${new Date().toISOString().slice(0, 10)}, commit ${commit()}`,
    `- ${os.cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${(os.totalmem() / 2 ** 30).toFixed(0)} GB, ${os.type()} ${os.release()}`,
    `- Node ${process.versions.node}, PostgreSQL ${postgresVersion}`,
    `- ${peerVersions.join(', ')}`,
    `- 16 connections, medians of ${rounds} rounds of ${seconds} s, the variants taking turns`,
    '',
    ...variants.map(({ name, title }) => `- **${name}**: ${title}`),
    '',
  ].join('\n');
}

function ratio(one: number | undefined, other: number | undefined): number {
  return one === undefined || other === undefined ? Number.NaN : one / other;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

function toMarkdown([headings = [], ...rows]: string[][]): string {
  const widths = headings.map((heading, column) =>
    Math.max(3, heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(headings), rule, ...rows.map(line)].join('\n');
}
