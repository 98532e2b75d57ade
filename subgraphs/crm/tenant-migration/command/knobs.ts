import { parseArgs } from 'node:util';
import type { SqlRunner } from '../../../../shared/database/database';
import { StartError } from '../../../../shared/start-error';
import { NO_TENANT } from '../../../../shared/tenancy/no-tenant';
import { knobRules, readKnobs, resetKnob, setKnob } from '../knobs/knobs';
import { isWithin, rangeText } from '../knobs/settings';
import { commonOptions, dryRunOption, type Subcommand, withCrm } from './command-context';
import { exitCodes } from './exit-codes';
import { recordAs } from './on-record';
import { columns } from './output';

/** The settings that can be turned while everything runs. */
export const knobs: Subcommand = {
  summary: 'the settings that can be turned while everything runs',
  help: `Usage: npm run crm:tenancy -- knobs [--json] [--as NAME]
       npm run crm:tenancy -- knobs NAME VALUE | NAME --reset [--dry-run] [--json] [--as NAME]

Lists every knob with its value, or turns one. It takes effect within seconds, in all processes.

  --reset    gives the knob its default again
  --dry-run  says what it would be; changes nothing

${knobRules.map(({ name, meaning, min, max }) => `  ${name} (${min} to ${max})\n      ${meaning}`).join('\n')}
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { ...commonOptions, ...dryRunOption, reset: { type: 'boolean', default: false } },
    });
    const [name, value, ...more] = positionals;
    const isTurned = name !== undefined;
    if (more.length > 0 || (isTurned && values.reset === (value !== undefined))) {
      throw new StartError('Say NAME VALUE, or NAME --reset. See --help.');
    }
    if (isTurned) assertKnob(name, value);
    return withCrm(values, async ({ owner, output, by }) => {
      if (isTurned && !values['dry-run']) {
        const turned = { name, value: value === undefined ? null : Number(value), by };
        await owner.transaction((tx) => turnKnob(tx, turned));
      }
      const all = await readKnobs(owner);
      output.result(
        { knobs: all },
        columns(
          ['knob', 'value', 'default', ''],
          all.map(({ name, value, default: usual, meaning }) => [name, value, usual, meaning]),
        ),
      );
      return exitCodes.DONE;
    });
  },
};

/** Sets the knob, or gives it its default again, with its entry in the audit trail unless it had the value already. */
async function turnKnob(
  tx: SqlRunner,
  { name, value, by }: { name: string; value: number | null; by: string },
): Promise<void> {
  const readValue = async () => (await readKnobs(tx)).find((knob) => knob.name === name)?.value;
  const before = await readValue();
  if (value === null) await resetKnob(tx, name);
  else await setKnob(tx, { name, value, by });
  const after = await readValue();
  if (before === after) return;
  await recordAs(by, tx, {
    action: 'turnCrmKnob',
    tenantKey: NO_TENANT,
    recordType: 'CrmKnob',
    recordId: name,
    before: { value: before },
    after: { value: after },
  });
}

/** Throws a `StartError` for a knob that is not there, or a value that it does not have. */
function assertKnob(name: string, value: string | undefined): void {
  const rule = knobRules.find((known) => known.name === name);
  if (!rule) throw new StartError(`There is no knob "${name}". See --help.`);
  if (value === undefined) return;
  if (!/^\d+(\.\d+)?$/.test(value) || !isWithin(rule, Number(value))) {
    throw new StartError(`${name} must be ${rangeText(rule)}.`);
  }
}
