import { advance } from './advance';
import { agree } from './agree';
import { back } from './back';
import type { Subcommand } from './command-context';
import { knobs } from './knobs';
import { ledger } from './ledger';
import { mismatches } from './mismatches';
import { contract, enforce, expand } from './move-schema';
import { plan } from './plan';
import { status } from './status';
import { verify } from './verify';

/** Everything that the command does, in the order in which an operator meets it. */
export const subcommands = {
  status,
  plan,
  expand,
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
