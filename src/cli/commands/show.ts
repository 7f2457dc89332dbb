import { renderLockfile } from '../../render/lockfile-text.js';
import { renderPlanJson } from '../../render/plan-json.js';
import { renderPlan } from '../../render/plan-text.js';
import { command, type Context } from '../command.js';
import { jsonOption, verboseOption } from '../common-options.js';
import { exitCodes } from '../exit-code.js';
import { isPlanFile, readPlanFile, specOfPlan } from '../plan-file.js';
import { readSpec, specArgument } from '../read-spec.js';
import type { Plan } from '../../plan/plan.js';
import { plural } from '../../quantities.js';
import type { Spec } from '../../spec/spec.js';
import type { Lockfile } from '../../state/lockfile.js';

interface Values {
  readonly file: string;
  readonly json: boolean;
  readonly verbose: boolean;
}

export const showCommand = command({
  name: 'show',
  summary: 'show a saved plan, or what is recorded as done',
  details: [
    'A saved plan is shown as it was, with what became of it: applied, begun, stale or altered.',
    'Connects to no server, unless the state is kept in one.',
  ],
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

async function showPlan({ file, json, verbose }: Values, context: Context): Promise<number> {
  const { out, error } = context.terminal;
  const { plan, intact } = await readPlanFile(file);
  if (json) out.write(renderPlanJson(plan));
  else out.print(renderPlan(plan, { palette: out.palette, verbose }));
  if (!intact)
    error.write(`${error.palette.yellow('!')} ${file} was altered after it was saved: pgm apply will refuse it\n`);
  else (json ? error : out).write(`\n${await whatBecameOf(plan, file, context)}\n`);
  return exitCodes.ok;
}

/** By the spec and the state alone: whether the servers still fit is what pgm apply looks at. */
async function whatBecameOf(plan: Plan, file: string, context: Context): Promise<string> {
  const { planStanding } = await import('../../plan/standing.js');
  let spec: Spec | null = null;
  let lockfile: Lockfile | null = null;
  try {
    spec = await readSpec(specOfPlan(plan, file), context);
    const { readLockfile } = await import('../../apply/read-lockfile.js');
    lockfile = await readLockfile(spec);
  } catch (cause) {
    if (spec !== null) return `Whether it was applied cannot be told: ${cause instanceof Error ? cause.message : ''}`;
  }
  const standing = planStanding(plan, spec?.sha256 ?? null, lockfile);
  switch (standing.kind) {
    case 'applied':
      return 'Applied: every step of it is recorded as done.';
    case 'begun':
      return (
        `Begun: ${String(standing.done)} of its ${plural(plan.steps.length, 'step')} are done. To go on: pgm ` + 'apply'
      );
    case 'stale':
      return `Stale: ${standing.why}. pgm apply will refuse it; make a new one: pgm plan --out ${file}`;
    case 'waiting':
      return plan.steps.length === 0
        ? 'It has nothing to do.'
        : `Not applied yet. pgm apply${specArgument(file)} carries it out if the servers still fit.`;
  }
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
