import { parseArgs } from 'node:util';
import { nextSteps } from '../phases/next-steps';
import { readStage } from '../schema/stage';
import { commonOptions, type Subcommand, withCrm } from './command-context';
import { exitCodes } from './exit-codes';

/** What an operator does next; changes nothing. */
export const plan: Subcommand = {
  summary: 'what is to be done next, with counts',
  help: `Usage: npm run crm:tenancy -- plan [--json] [--as NAME]

Says which commands bring CRM to its next stage, in their order, and why each is needed. It counts every row once.
`,
  async run(args) {
    const { values } = parseArgs({ args, options: commonOptions });
    return withCrm(values, async ({ owner, output }) => {
      const stage = await readStage(owner);
      const steps = await nextSteps(owner);
      const lines = steps.map(({ command, why }, index) => `${index + 1}. ${command}\n     ${why}`);
      const nothing = ['Nothing is left to do: rows name their tenants by UUID.'];
      output.result({ stage, steps }, [`Schema: ${stage}`, ...(steps.length > 0 ? lines : nothing)]);
      return exitCodes.DONE;
    });
  },
};
