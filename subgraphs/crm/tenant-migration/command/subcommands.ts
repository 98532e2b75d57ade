import { advance } from './advance';
import { agree } from './agree';
import { back } from './back';
import { backfill } from './backfill';
import type { Subcommand } from './command-context';
import { knobs } from './knobs';
import { ledger } from './ledger';
import { mismatches } from './mismatches';
import { contract, enforce, expand } from './move-schema';
import { pause, resume } from './pause';
import { plan } from './plan';
import { quarantine } from './quarantine';
import { rehearse } from './rehearse';
import { map, restore, retire } from './slugs';
import { status } from './status';
import { verify } from './verify';

/** Everything that the command does, in the order in which an operator meets it. */
export const subcommands = {
  status,
  plan,
  rehearse,
  expand,
  backfill,
  pause,
  resume,
  quarantine,
  map,
  retire,
  restore,
  agree,
  verify,
  advance,
  mismatches,
  ledger,
  enforce,
  contract,
  back,
  knobs,
} satisfies Record<string, Subcommand>;
