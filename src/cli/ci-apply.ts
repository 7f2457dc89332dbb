import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { manifestName, readManifest, weightOf, type Manifest } from '../ci/bundle.js';
import { allSpecs, headCommit, specsChangedSince } from '../ci/changed-specs.js';
import { writeOutputs, writeSummary } from '../ci/outputs.js';
import type { KeptPlans, Platform } from '../ci/platform.js';
import { UserError } from '../errors.js';
import { applyMarker, ciTable, type CiRow } from '../render/ci-markdown.js';
import type { CiValues } from './ci-specs.js';
import type { Context } from './command.js';
import { exitCodeOf, exitCodes } from './exit-code.js';
import { readIntactPlan, specOfPlan } from './plan-file.js';
import { readSpec } from './read-spec.js';
import { runApply } from './run-apply.js';

const notReviewed = { code: 'PGM884', kind: 'stale-plan' } as const;
const ofAnother = { code: 'PGM885', kind: 'stale-plan' } as const;

/** Finds the plans that were reviewed for the commit of this job, and says where they are. */
export async function ciReview(values: CiValues, platform: Platform | null, context: Context): Promise<number> {
  if (platform === null)
    throw new UserError(
      'pgm ci review asks GitHub or GitLab which review this commit came from; this job runs on neither',
      {
        code: 'PGM883',
        kind: 'usage',
        hint: 'pass the folder of pgm ci plan on yourself, then: pgm ci apply --commit SHA',
      },
    );
  if (changedNothing(values, platform)) {
    context.terminal.out.write('No spec was changed: there is nothing to apply.\n');
    writeOutputs({ ...weightOf({ plans: [] }) }, process.env, values.dotenv);
    return exitCodes.ok;
  }
  const commit = values.commit ?? platform.commit ?? headCommit();
  const review = await platform.reviewOf(commit);
  if (review === null)
    throw new UserError(`commit ${commit} came without a review, so that no plan was reviewed for it`, {
      ...notReviewed,
      hint: 'merge it by a review, or approve by yourself: pgm plan, then pgm apply --approve sha256:…',
    });
  const folder = foundManifest(values.dir);
  const plans: KeptPlans | null =
    folder?.commit === review.head ? { kind: 'brought' } : await platform.keptPlans(review, values.dir);
  if (plans === null)
    throw new UserError(`review ${String(review.number)} has kept no plan for its last commit ${review.head}`, {
      ...notReviewed,
      hint: 'run its plan job again (artifacts end after their time), then this one',
    });
  const where =
    plans.kind === 'brought'
      ? ` They are in ${values.dir}.`
      : ` They are artifact ${plans.artifact} of run ${String(plans.run)}.`;
  context.terminal.out.write(`The plans of review ${String(review.number)} are for commit ${review.head}.${where}\n`);
  writeOutputs(
    {
      review: String(review.number),
      head: review.head,
      ...(plans.kind === 'artifact'
        ? { run: String(plans.run), artifact: plans.artifact }
        : weightOf(readManifest(values.dir))),
    },
    process.env,
    values.dotenv,
  );
  return exitCodes.ok;
}

/** A push that touches no spec needs no review. Where nobody knows what changed, it is taken for one that does. */
function changedNothing(values: CiValues, platform: Platform | null): boolean {
  const base = values.base ?? platform?.pushedFrom ?? null;
  return base !== null && specsChangedSince(base, allSpecs())?.length === 0;
}

function foundManifest(folder: string): Manifest | null {
  return existsSync(join(folder, manifestName)) ? readManifest(folder) : null;
}

/**
 * Applies exactly the plans in the folder, one after another, and stops at the first that fails. Refuses (5) plans that
 * were made for another commit than the one reviewed.
 */
export async function ciApply(values: CiValues, platform: Platform | null, context: Context): Promise<number> {
  const { out, error: log } = context.terminal;
  if (!existsSync(values.dir) && changedNothing(values, platform)) {
    out.write('No spec was changed: there is nothing to apply.\n');
    return exitCodes.ok;
  }
  const manifest = readManifest(values.dir);
  const commit = platform?.commit ?? headCommit();
  const review = platform === null ? null : await platform.reviewOf(commit);
  const expected = values.commit ?? review?.head ?? commit;
  if (manifest.commit !== expected && manifest.commit !== commit)
    throw new UserError(`the plans in ${values.dir} are for commit ${manifest.commit}, not for ${expected}`, {
      ...ofAnother,
      hint: 'plan and review again; or pass on the plans of this commit',
    });
  const unplanned = manifest.plans.filter(({ file }) => file === null);
  if (unplanned.length > 0)
    throw new UserError(`${unplanned.map(({ spec }) => spec).join(', ')}: the reviewed commit has no plan`, {
      ...notReviewed,
      hint: 'what blocked it is in the review; fix it there',
    });
  const rows: CiRow[] = [];
  let code: number = exitCodes.ok;
  for (const { spec, file, digest } of manifest.plans) {
    if (code !== exitCodes.ok || context.interruption.exitCode() !== null) {
      rows.push({ spec, mark: '⏸', result: 'not started' });
      continue;
    }
    try {
      code = await applyOne(join(values.dir, file ?? ''), spec, digest, values, context);
      rows.push({ spec, mark: code === exitCodes.ok ? '✅' : '❌', result: resultOf(code) });
    } catch (error) {
      code = exitCodeOf(error);
      const message = error instanceof Error ? error.message : String(error);
      rows.push({ spec, mark: '❌', result: `${resultOf(code)}: ${message}` });
      const { renderError } = await import('../render/error-text.js');
      log.write(renderError(error, { palette: log.palette, debug: context.debug }));
    }
  }
  const markdown = `${applyMarker}\n## Applied ${commit.slice(0, 12)}\n\n${ciTable(rows, 'Result')}`;
  writeSummary(markdown, process.env);
  writeOutputs({ applied: code === exitCodes.ok ? 'true' : 'false' }, process.env, values.dotenv);
  if (review !== null && platform !== null && values.comment) await tellReview(platform, review, markdown, context);
  return code;
}

async function applyOne(
  path: string,
  spec: string,
  digest: string | null,
  values: CiValues,
  context: Context,
): Promise<number> {
  const plan = await readIntactPlan(path);
  if (plan.digest !== digest)
    throw new UserError(`${path} is not the plan that was listed for ${spec}`, { ...ofAnother, hint: 'plan again' });
  const specPath = specOfPlan(plan, spec);
  return runApply(
    { spec: await readSpec(specPath, context), specPath: spec, goal: undefined, savedPlan: plan, question: '' },
    {
      'auto-approve': false,
      'allow-dump': false,
      'wait-restart': '0s',
      'lock-timeout': values['lock-timeout'],
      json: false,
      verbose: false,
    },
    context,
  );
}

/** The work is done or failed by now: a comment that cannot be written changes neither. */
async function tellReview(
  platform: Platform,
  review: Parameters<Platform['comment']>[0],
  body: string,
  { terminal: { error: log } }: Context,
): Promise<void> {
  try {
    await platform.comment(review, { marker: applyMarker, body: () => body });
  } catch (error) {
    log.write(`The review was not updated: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function resultOf(code: number): string {
  switch (code) {
    case exitCodes.ok:
      return 'applied';
    case exitCodes['stale-plan']:
      return 'not applied, the plan does not hold any more (exit 5): plan and review again';
    case exitCodes.blocked:
      return 'not applied, a finding blocks it (exit 6)';
    case exitCodes.locked:
      return 'not applied, another run is at it (exit 4)';
    case exitCodes.stopped:
      return 'stopped part-way (exit 7): run this job again; where it then ends with 5, plan and review what is left';
    default:
      return `failed (exit ${String(code)})`;
  }
}
