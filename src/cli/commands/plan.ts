import { UserError } from '../../errors.js';
import { renderPlanJson } from '../../render/plan-json.js';
import type { Plan } from '../../plan/plan.js';
import { teardownCommand } from '../../plan/teardown.js';
import type { Goal, Spec } from '../../spec/spec.js';
import type { Palette } from '../../render/palette.js';
import { whileReading } from '../../render/reading-notice.js';
import { command } from '../command.js';
import { goalOption, resyncOption, specPositional, verboseOption } from '../common-options.js';
import { exitCodes } from '../exit-code.js';
import { writePlanFile } from '../plan-file.js';
import { readSpec, specArgument } from '../read-spec.js';

export const planCommand = command({
  name: 'plan',
  summary: 'show what blocks it and what will be done; changes nothing',
  details: ['Reads both servers and writes nothing to either. Exits with 6 when a finding blocks the migration.'],
  examples: [
    ['pgm plan', 'findings and steps for pgm.yaml'],
    ['pgm plan --out plan.json', 'save the plan; pgm apply plan.json then does exactly that'],
    ['pgm plan --goal cutover', 'what would cutting over do?'],
    ['pgm plan --destroy --out plan.json', 'what would be dropped; pgm apply plan.json does exactly that'],
    ['pgm plan --format markdown', 'for a pull request'],
    ['pgm plan --detailed-exitcode', 'exit 2 when there is something to do'],
  ],
  positionals: specPositional,
  options: {
    out: { type: 'string', alias: 'o', placeholder: 'FILE', describe: 'save the plan for pgm apply FILE' },
    goal: goalOption,
    resync: resyncOption,
    destroy: { type: 'boolean', default: false, describe: 'what pgm destroy would do' },
    open: { type: 'boolean', default: false, describe: 'with --destroy: as pgm destroy --open' },
    format: { type: 'string', choices: ['text', 'json', 'markdown'], default: 'text', describe: 'how to print it' },
    json: { type: 'boolean', default: false, describe: 'the same as --format json' },
    'detailed-exitcode': { type: 'boolean', default: false, describe: '0 no changes, 2 changes pending' },
    verbose: verboseOption,
  },
  interruption: 'at-once',
  async run(values, context) {
    const { terminal } = context;
    const spec = await readSpec(values.spec, context);
    const resync = values.resync ?? [];
    if (resync.length > 0 && values.out !== undefined)
      throw new UserError('a plan with --resync cannot be saved', {
        kind: 'usage',
        code: 'PGM808',
        hint: 'pgm apply --resync plans by itself, shows the plan and asks',
      });
    const plan = await whileReading(terminal.error, () =>
      values.destroy ? planDestroy(spec, values) : planOn(spec, values.goal, resync),
    );
    const format = values.json ? 'json' : values.format;
    if (values.out !== undefined) writePlanFile(values.out, plan);
    terminal.out.print(await render(plan, format, terminal.out.palette, values.verbose));
    const notes = format === 'text' ? terminal.out : terminal.error;
    if (plan.applicable && plan.steps.length > 0)
      notes.print(howToApply(plan, values.out, values.spec, values.goal, resync));
    if (!plan.applicable) return exitCodes.blocked;
    return values['detailed-exitcode'] && plan.steps.length > 0 ? exitCodes.changes : exitCodes.ok;
  },
});

async function planOn(spec: Spec, goal: Goal | undefined, resync: readonly string[]): Promise<Plan> {
  const { planMigration } = await import('../../apply/plan-migration.js');
  return planMigration(spec, { resync, ...(goal === undefined ? {} : { goal }) });
}

async function planDestroy(
  spec: Spec,
  {
    goal,
    resync,
    open,
  }: { readonly goal: string | undefined; readonly resync?: readonly string[] | undefined; readonly open: boolean },
): Promise<Plan> {
  if (goal !== undefined || resync !== undefined)
    throw new UserError(`--destroy has no ${goal === undefined ? '--resync' : '--goal'}: nothing is migrated by it`, {
      kind: 'usage',
      code: 'PGM800',
    });
  const { planTeardownOf } = await import('../../apply/teardown-migration.js');
  return planTeardownOf(spec, { command: 'destroy', gone: null, release: false, open });
}

async function render(
  plan: Plan,
  format: 'text' | 'json' | 'markdown',
  palette: Palette,
  verbose: boolean,
): Promise<string> {
  switch (format) {
    case 'json':
      return renderPlanJson(plan);
    case 'markdown': {
      const { renderPlanMarkdown } = await import('../../render/plan-markdown.js');
      return renderPlanMarkdown(plan);
    }
    case 'text': {
      const { renderPlan } = await import('../../render/plan-text.js');
      return renderPlan(plan, { palette, verbose });
    }
  }
}

function howToApply(
  plan: Plan,
  out: string | undefined,
  spec: string,
  goal: string | undefined,
  resync: readonly string[],
): string {
  if (out !== undefined)
    return (
      `\nSaved the plan to ${out}. To do exactly this:\n  pgm ` +
      `apply${specArgument(out)}\nDigest: sha256:${plan.digest}\n`
    );
  if (plan.teardown !== undefined)
    return `\nTo do this: ${teardownCommand(plan.teardown)}${specArgument(spec)}. It plans again and asks. --out FILE saves the plan.\nDigest: sha256:${plan.digest}\n`;
  const flags = `${goal === undefined ? '' : ` --goal ${goal}`}${resync.map(name => ` --resync ${name}`).join('')}${plan.fallback === null ? '' : ' --allow-dump'}`;
  return (
    `\nTo do this: pgm apply${specArgument(spec)}${flags}. The plan is not saved: apply plans ` +
    `again and asks. --out FILE saves it.\nDigest: sha256:${plan.digest}\n`
  );
}
