import { assertEqualAnswers } from './equal-answers';
import { drive, type Load, measure, medianOf, type Sample } from './measure';
import type { SceneResult } from './report';
import type { Known, Request, Scene } from './scenes';
import type { ServerProcess } from './server-process';
import type { RunningVariant, RunningVariants } from './variant-run';

export interface SceneSurroundings {
  running: RunningVariants;
  known: Known;
  authorization: string;
  postgres: Pick<ServerProcess, 'usage'>;
}

export interface Extent {
  rounds: number;
  seconds: number;
  /**
   * How long each turn is loaded before it counts: whoever waited for his turn was stopped, which no server in use is.
   * A scene whose requests are sent once is warmed up by as many others of its kind.
   */
  warmUpSeconds: number;
}

/** Compares the answers of all who play in the scene. Throws a `StartError` where they differ. */
export async function prepareScene(scene: Scene, surroundings: SceneSurroundings): Promise<void> {
  const players = playersOf(scene, surroundings.running);
  for (const { processes } of players) for (const process of processes) process.resume();
  await assertEqualAnswers(
    scene.name,
    players.flatMap((player) => {
      const [process] = player.processes;
      const requests = requestsOf(scene, player, surroundings, 0);
      return process ? [{ name: player.variant.name, process, requests }] : [];
    }),
  );
  for (const { processes } of players) for (const process of processes) process.pause();
}

/** Loads all who play in the scene, in turns, and answers the medians of what that told. */
export async function runScene(
  scene: Scene,
  { rounds, seconds, warmUpSeconds, ...surroundings }: SceneSurroundings & Extent,
): Promise<SceneResult> {
  const { running, postgres } = surroundings;
  const players = playersOf(scene, running);
  const samples = new Map(players.map((player): [RunningVariant, Sample[]] => [player, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const [player, told] of samples) {
      const requests = requestsOf(scene, player, surroundings, round);
      const load: Load = { requests, for: scene.isOnce ? 'once' : { seconds } };
      const warmUp: Load = scene.isOnce
        ? { requests: requestsOf(scene, player, surroundings, rounds + round), for: 'once' }
        : { requests, for: { seconds: warmUpSeconds } };
      told.push(
        await running.alone(player, async () => {
          await drive(player.processes, warmUp);
          return measure(player.processes, postgres, load);
        }),
      );
    }
  }
  return {
    title: scene.title,
    rows: [...samples].map(([{ variant }, told]) => ({ name: variant.name, sample: medianOf(told) })),
  };
}

function playersOf(scene: Scene, { all }: RunningVariants): RunningVariant[] {
  return all.filter(
    ({ variant }) =>
      (variant.hasOwnScenes || !scene.isOwn) && (variant.speaks === 'graph' || scene.overPaths !== undefined),
  );
}

/** What the variant is sent, with the token that those who check one want. */
function requestsOf(
  scene: Scene,
  { variant }: RunningVariant,
  { known, authorization }: Pick<SceneSurroundings, 'known' | 'authorization'>,
  round: number,
): Request[] {
  const requests =
    variant.speaks === 'graph' ? scene.overGraph(known, round) : (scene.overPaths?.(known) ?? []);
  return requests.map((request) => ({ ...request, headers: { ...request.headers, authorization } }));
}
