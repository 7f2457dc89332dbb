import { UserError } from '../../errors.js';
import { requireApprovalPossible } from '../approval.js';
import { command } from '../command.js';
import { applyOptions, goalOption, resyncOption } from '../common-options.js';
import { isPlanFile, readIntactPlan, specOfPlan } from '../plan-file.js';
import { readSpec } from '../read-spec.js';
import { runApply } from '../run-apply.js';
import { runTeardown } from '../run-teardown.js';

const question = 'Do you want to perform these actions?';

export const applyCommand = command({
  name: 'apply',
  summary: 'carry out the plan: copy, replicate, cut over, as far as the goal says',
  details: [
    'Shows the plan and asks. What is done is recorded, so an apply that was ' +
      'stopped, killed or failed goes on where it was.',
    'A saved plan is carried out as it stands and without asking, or not at all (exit 5).',
  ],
  examples: [
    ['pgm apply', 'plan pgm.yaml, ask, do it'],
    ['pgm apply plan.json', 'exactly the plan that was saved with pgm plan --out plan.json'],
    ['pgm apply --approve sha256:4f1c…', 'the plan that was reviewed, planned again; another one ends with 5'],
    ['pgm apply --auto-approve --json', 'in a pipeline: no question, events as NDJSON'],
    ['pgm apply --resync public.orders', 'copy one table again while the others go on'],
    ['pgm apply --wait-restart 10m', 'wait while you restart the source by hand'],
  ],
  positionals: { file: { type: 'string', default: 'pgm.yaml', describe: 'the spec file, or a saved plan' } },
  options: { ...applyOptions, goal: goalOption, resync: resyncOption },
  interruption: 'graceful',
  async run(values, context) {
    if (!isPlanFile(values.file)) {
      requireApprovalPossible('apply', {
        autoApprove: values['auto-approve'] || values.approve !== undefined,
        json: values.json,
      });
      const spec = await readSpec(values.file, context);
      return runApply(
        { spec, specPath: values.file, goal: values.goal, resync: values.resync ?? [], savedPlan: undefined, question },
        values,
        context,
      );
    }
    if (values.goal !== undefined)
      throw new UserError('--goal cannot be given with a saved plan: the plan has its goal', {
        kind: 'usage',
        code: 'PGM803',
        hint: `pgm plan --goal ${values.goal} --out ${values.file}`,
      });
    if (values.approve !== undefined)
      throw new UserError('--approve cannot be given with a saved plan: it is approved by being given', {
        kind: 'usage',
        code: 'PGM803',
      });
    if (values.resync !== undefined)
      throw new UserError('--resync cannot be given with a saved plan', {
        kind: 'usage',
        code: 'PGM803',
        hint: 'pgm apply --resync plans by itself, shows the plan and asks',
      });
    const savedPlan = await readIntactPlan(values.file);
    const specPath = specOfPlan(savedPlan, values.file);
    const spec = await readSpec(specPath, context);
    if (savedPlan.teardown !== undefined)
      return runTeardown({ spec, specPath: savedPlan.spec.path, wish: savedPlan.teardown, savedPlan }, values, context);
    return runApply({ spec, specPath: savedPlan.spec.path, goal: undefined, savedPlan, question }, values, context);
  },
});
