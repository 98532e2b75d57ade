import type { Subcommand } from './command-context';

/** Everything that the command does, in the order in which an operator meets it. What is not asked for is not loaded. */
export const subcommands = {
  status: async () => (await import('./status')).status,
  plan: async () => (await import('./plan')).plan,
  rehearse: async () => (await import('./rehearse')).rehearse,
  expand: async () => (await import('./move-schema')).expand,
  backfill: async () => (await import('./backfill')).backfill,
  pause: async () => (await import('./pause')).pause,
  resume: async () => (await import('./pause')).resume,
  quarantine: async () => (await import('./quarantine')).quarantine,
  map: async () => (await import('./slugs')).map,
  retire: async () => (await import('./slugs')).retire,
  restore: async () => (await import('./slugs')).restore,
  agree: async () => (await import('./agree')).agree,
  verify: async () => (await import('./verify')).verify,
  advance: async () => (await import('./advance')).advance,
  mismatches: async () => (await import('./mismatches')).mismatches,
  ledger: async () => (await import('./ledger')).ledger,
  enforce: async () => (await import('./move-schema')).enforce,
  contract: async () => (await import('./move-schema')).contract,
  back: async () => (await import('./back')).back,
  knobs: async () => (await import('./knobs')).knobs,
} satisfies Record<string, () => Promise<Subcommand>>;

export type SubcommandName = keyof typeof subcommands;
