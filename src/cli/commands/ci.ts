import { command } from '../command.js';
import { lockTimeoutOption } from '../common-options.js';

export const ciCommand = command({
  name: 'ci',
  summary: 'plan, apply and watch the specs of a repository in a pipeline',
  details: [
    'plan: plans the specs that a review changed, keeps the plans in a folder, writes one comment into the review.',
    'review: finds the plans that were reviewed for a merged commit. apply: carries out exactly those, or ends with 5.',
    'drift: checks every migration; ends with 2 when one lags, is stopped, or differs from its spec.',
  ],
  examples: [
    ['pgm ci plan', 'on a pull request or a merge request'],
    ['pgm ci review', 'on the merge: which plans were reviewed?'],
    ['pgm ci apply', 'exactly those'],
    ['pgm ci drift --issue', 'on a schedule'],
  ],
  positionals: {
    action: {
      choices: ['plan', 'review', 'apply', 'drift'] as const,
      demandOption: true,
      describe: 'plan, review, apply or drift',
    },
  },
  options: {
    spec: {
      type: 'string',
      array: true,
      placeholder: 'FILE',
      describe: 'only this spec; may be given several times',
    },
    all: { type: 'boolean', default: false, describe: 'every spec of the repository, changed or not' },
    base: { type: 'string', placeholder: 'COMMIT', describe: 'specs that were changed since then' },
    dir: { type: 'string', default: 'pgm-plans', placeholder: 'FOLDER', describe: 'where plans are kept' },
    commit: { type: 'string', placeholder: 'SHA', describe: 'the commit that was reviewed' },
    comment: { type: 'boolean', default: true, describe: 'write no comment', negated: true },
    issue: { type: 'boolean', default: false, describe: 'drift: open an issue, close it when all is well' },
    dotenv: { type: 'string', placeholder: 'FILE', describe: 'write the outputs as variables (PGM_CHANGES, …)' },
    'max-lag': { type: 'string', default: '5m', placeholder: '5m', describe: 'drift: longest lag of a lane' },
    'max-wal': { type: 'string', default: '10GB', placeholder: '10GB', describe: 'drift: most WAL held by a slot' },
    'lock-timeout': lockTimeoutOption,
  },
  interruption: 'graceful',
  async run({ action, spec, ...options }, context) {
    const [{ platformOf }, { specsFor }] = await Promise.all([
      import('../../ci/platform.js'),
      import('../ci-specs.js'),
    ]);
    const values = { ...options, specs: spec ?? [] };
    const platform = platformOf(process.env);
    switch (action) {
      case 'plan': {
        const { ciPlan } = await import('../ci-plan.js');
        return ciPlan(specsFor(values, platform, context.terminal.error), values, platform, context);
      }
      case 'review': {
        const { ciReview } = await import('../ci-apply.js');
        return ciReview(values, platform, context);
      }
      case 'apply': {
        const { ciApply } = await import('../ci-apply.js');
        return ciApply(values, platform, context);
      }
      case 'drift': {
        const { ciDrift } = await import('../ci-drift.js');
        const all = { ...values, all: true };
        return ciDrift(specsFor(all, platform, context.terminal.error), all, platform, context);
      }
    }
  },
});
