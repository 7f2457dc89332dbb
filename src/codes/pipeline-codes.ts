import type { ErrorCode } from './error-code.js';

/** 88x: what pgm ci says of a pipeline, its service and the plans that it has kept. */
export const pipelineCodes: readonly ErrorCode[] = [
  {
    code: 'PGM880',
    slug: 'pipeline-service-away',
    title: 'The service of the pipeline could not be asked',
    means: 'GitHub or GitLab did not answer, or not as its API does. The error says which call and why.',
    remedy: 'Run the job again. For a server of your own, see that the job reaches its API.',
    ends: ['failure'],
  },
  {
    code: 'PGM881',
    slug: 'pipeline-service-refused',
    title: 'The service of the pipeline refused a call',
    means: 'The token of the job lacks a right, or what was asked for is not there.',
    remedy: 'Give the token the rights that the hint names; --no-comment does without comments.',
    ends: ['failure'],
  },
  {
    code: 'PGM882',
    slug: 'pipeline-service-address',
    title: 'The address of the pipeline’s service cannot be used',
    means: 'It is no address, or plain HTTP, over which the token would be readable by everybody on the way.',
    remedy: 'Set GITHUB_API_URL or CI_API_V4_URL to an address that begins with https:.',
    ends: ['usage'],
  },
  {
    code: 'PGM883',
    slug: 'no-pipeline-service',
    title: 'There is no review to ask for',
    means: 'pgm ci review and --issue ask GitHub Actions or GitLab CI, and this job runs on neither.',
    remedy: 'Pass the folder of pgm ci plan on yourself, then: pgm ci apply --commit SHA.',
    ends: ['usage'],
  },
  {
    code: 'PGM884',
    slug: 'no-reviewed-plan',
    title: 'No plan was reviewed for this commit',
    means:
      'The commit came without a review, the plan of its review is not kept any more, ' +
      'or there was none because a finding blocked it.',
    remedy: 'Run the plan job of the review again and review it; or approve by hand: pgm apply --approve DIGEST.',
    ends: ['stale-plan'],
  },
  {
    code: 'PGM885',
    slug: 'plan-of-another-commit',
    title: 'The plans are of another commit',
    means: 'What was reviewed is not what was merged.',
    remedy: 'Pass on the plans of the reviewed commit, or plan and review again.',
    ends: ['stale-plan'],
  },
  {
    code: 'PGM886',
    slug: 'no-kept-plans',
    title: 'There are no plans in the folder',
    means: 'pgm ci apply carries out what pgm ci plan has kept, and does not plan by itself.',
    remedy: 'Run pgm ci plan, and pass its folder on as an artifact; --dir names it.',
    ends: ['usage'],
  },
  {
    code: 'PGM887',
    slug: 'kept-plans-damaged',
    title: 'The list of kept plans is damaged',
    means: 'It is of another version of pgm, was altered, or names files outside of its folder.',
    remedy: 'Run pgm ci plan again and review it.',
    ends: ['stale-plan'],
  },
  {
    code: 'PGM888',
    slug: 'git-failed',
    title: 'git could not be asked',
    means: 'pgm ci asks git which specs a review has changed. The error says what git said.',
    remedy: 'Run it in the clone of the repository that holds the specs.',
    ends: ['failure'],
  },
];
