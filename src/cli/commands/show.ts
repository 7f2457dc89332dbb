import { renderLockfile } from '../../render/lockfile-text.js';
import { renderPlanJson } from '../../render/plan-json.js';
import { renderPlan } from '../../render/plan-text.js';
import { command, type Context } from '../command.js';
import { jsonOption, verboseOption } from '../common-options.js';
import { exitCodes } from '../exit-code.js';
import { isPlanFile, readPlanFile } from '../plan-file.js';
import { readSpec } from '../read-spec.js';

interface Values {
  readonly file: string;
  readonly json: boolean;
  readonly verbose: boolean;
}

export const showCommand = command({
  name: 'show',
  summary: 'show a saved plan, or what is recorded as done',
  details: ['A saved plan is shown as it was, stale or not. Connects to no server, unless the state is kept in one.'],
  examples: [
    ['pgm show', 'the lockfile of pgm.yaml'],
    ['pgm show plan.json', 'a plan saved with pgm plan --out plan.json'],
  ],
  positionals: {
    file: { type: 'string', default: 'pgm.yaml', describe: 'a saved plan, or the spec whose lockfile to show' },
  },
  options: { json: jsonOption, verbose: verboseOption },
  interruption: 'at-once',
  run: (values, context) => (isPlanFile(values.file) ? showPlan(values, context) : showLockfile(values, context)),
});

async function showPlan({ file, json, verbose }: Values, { terminal: { out, error } }: Context): Promise<number> {
  const { plan, intact } = await readPlanFile(file);
  out.write(json ? renderPlanJson(plan) : renderPlan(plan, { palette: out.palette, verbose }));
  if (!intact)
    error.write(`${error.palette.yellow('!')} ${file} was altered after it was saved: pgm apply will refuse it\n`);
  return exitCodes.ok;
}

async function showLockfile({ file, json, verbose }: Values, context: Context): Promise<number> {
  const { out } = context.terminal;
  const spec = await readSpec(file, context);
  const { readLockfile } = await import('../../apply/read-lockfile.js');
  const lockfile = await readLockfile(spec);
  if (json) out.write(`${JSON.stringify(lockfile, null, 2)}\n`);
  else
    out.write(
      lockfile === null
        ? `Nothing is recorded for ${spec.name} yet: nothing was applied.\n`
        : renderLockfile(lockfile, { palette: out.palette, verbose }),
    );
  return exitCodes.ok;
}
