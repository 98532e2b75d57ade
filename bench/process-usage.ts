import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used: CPU time since its start, and memory now. */
export interface Usage {
  cpuMs: number;
  rssBytes: number;
}

/** Linux counts CPU time for programs in hundredths of a second, whatever its own clock does (`man 5 proc`). */
const MS_PER_TICK = 10;

/** The process and all that it started, its children's children among them. */
export function processTree(root: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = readStat(Number(name))?.parent;
    if (parent !== undefined) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)]);
  }
  const withChildren = (pid: number): number[] => [pid, ...(childrenOf.get(pid) ?? []).flatMap(withChildren)];
  return withChildren(root);
}

/** What the process and all that it started have used; those that ended are counted as their parent's. */
export function usageOfTree(root: number): Usage {
  const usages = processTree(root).flatMap((pid) => {
    const stat = readStat(pid);
    return stat ? [{ cpuMs: stat.cpuTicks * MS_PER_TICK, rssBytes: residentBytes(pid) }] : [];
  });
  return {
    cpuMs: usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    rssBytes: usages.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
  };
}

function readStat(pid: number): { parent: number; cpuTicks: number } | null {
  const text = read(pid, 'stat');
  // The program's name stands in parentheses and may contain anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (!fields) return null;
  const [, parent, , , , , , , , , , userTicks, systemTicks, endedUserTicks, endedSystemTicks] =
    fields.map(Number);
  if (parent === undefined) return null;
  const ticks = [userTicks, systemTicks, endedUserTicks, endedSystemTicks];
  return { parent, cpuTicks: ticks.reduce<number>((sum, count) => sum + (count ?? 0), 0) };
}

function residentBytes(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(read(pid, 'status') ?? '') ?? [];
  return Number(kilobytes) * 1_024;
}

/** `null` for a process that has ended meanwhile. */
function read(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return null;
  }
}
