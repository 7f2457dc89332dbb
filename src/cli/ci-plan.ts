import { readFileSync } from 'node:fs';
import {
  artifactName,
  planFileName,
  weightOf,
  writeBundleFile,
  writeManifest,
  type PlannedSpec,
} from '../ci/bundle.js';
import { headCommit } from '../ci/changed-specs.js';
import { writeOutputs, writeSummary } from '../ci/outputs.js';
import type { Platform } from '../ci/platform.js';
import type { Plan } from '../plan/plan.js';
import { planMarker, renderCiPlan, type PlannedInCi } from '../render/ci-markdown.js';
import { sinceLastPlan } from '../render/plan-since.js';
import { annotate } from '../render/terminal.js';
import { renderPlanJson } from '../render/plan-json.js';
import { renderPlan } from '../render/plan-text.js';
import type { Annotation } from '../render/workflow-commands.js';
import type { CiValues } from './ci-specs.js';
import type { Context } from './command.js';
import { exitCodeOf, exitCodes } from './exit-code.js';
import { readSpec } from './read-spec.js';

interface Planned extends PlannedInCi {
  readonly exit: number;
}

/** Plans each spec, keeps the plans in a folder, tells reviewers. Gives the worst exit code. */
export async function ciPlan(
  specs: readonly string[],
  values: CiValues,
  platform: Platform | null,
  context: Context,
): Promise<number> {
  const { out } = context.terminal;
  if (specs.length === 0) out.write('No spec was changed: there is nothing to plan.\n');
  const planned: Planned[] = [];
  for (const spec of specs) planned.push(await planOne(spec, context));
  const commit = platform?.review?.head ?? headCommit();
  const kept = planned.map(({ spec, plan, exit }, index): PlannedSpec => {
    if (plan === null || exit !== exitCodes.ok)
      return { spec, file: null, digest: null, destroys: false, switches: false };
    const file = planFileName(spec, index);
    writeBundleFile(values.dir, file, renderPlanJson(plan));
    return { spec, file, digest: plan.digest, destroys: plan.summary.delete > 0, switches: isSwitch(plan) };
  });
  writeManifest(values.dir, { format_version: 1, commit, plans: kept });
  const markdown = renderCiPlan(planned, commit);
  writeBundleFile(values.dir, 'plan.md', markdown);
  writeSummary(markdown, process.env);
  writeOutputs({ ...outputsOf(planned, commit), ...weightOf({ plans: kept }) }, process.env, values.dotenv);
  if (platform?.name === 'GitHub') for (const each of planned) annotationsOf(each).forEach(annotate);
  const review = platform?.review ?? null;
  if (platform !== null && review !== null && values.comment) {
    // A review that changes no spec is left in peace.
    const onlyRewrite = planned.length === 0;
    const body = (previous: string | null): string =>
      markdown.replace(planMarker, () => `${planMarker}\n${sinceLastPlan(previous, markdown)}`);
    if (await platform.comment(review, { marker: planMarker, body }, { onlyRewrite }))
      out.write(`Wrote the plan into review ${String(review.number)} on ${platform.name}.\n`);
  }
  return worstOf(planned.map(({ exit }) => exit));
}

async function planOne(path: string, context: Context): Promise<Planned> {
  const { out, error: log } = context.terminal;
  try {
    const spec = await readSpec(path, context);
    const { planMigration } = await import('../apply/plan-migration.js');
    const plan = await planMigration(spec, { resync: [] });
    out.write(`${renderPlan(plan, { palette: out.palette, verbose: false })}\n`);
    return { spec: path, plan, error: null, exit: plan.applicable ? exitCodes.ok : exitCodes.blocked };
  } catch (error) {
    const { renderError } = await import('../render/error-text.js');
    const { paletteFor } = await import('../render/palette.js');
    log.write(renderError(error, { palette: log.palette, debug: context.debug }));
    const palette = paletteFor({ isTerminal: false, color: false, environment: {} });
    return { spec: path, plan: null, error: renderError(error, { palette, debug: false }), exit: exitCodeOf(error) };
  }
}

/** What later jobs decide by: names as GitHub's outputs, in capitals behind PGM_ elsewhere. */
function outputsOf(planned: readonly Planned[], commit: string): Readonly<Record<string, string>> {
  const plans = planned.flatMap(({ plan }) => (plan === null ? [] : [plan]));
  const yes = (holds: boolean): string => (holds ? 'true' : 'false');
  return {
    commit,
    artifact: artifactName(commit),
    specs: JSON.stringify(planned.map(({ spec }) => spec)),
    changes: yes(plans.some(({ steps }) => steps.length > 0)),
    applicable: yes(planned.every(({ exit }) => exit === exitCodes.ok)),
  };
}

/** Whether the plan hands the writes over, or ends what leads back: what a team wants approved apart. */
function isSwitch({ steps, preflight, goal }: Plan): boolean {
  return preflight !== null || (goal === 'ready' && steps.length > 0);
}

/** Mistakes of the spec on their lines; findings that stand in the way on the line of the server they speak of. */
function annotationsOf({ spec, plan, error }: Planned): Annotation[] {
  const at = { severity: 'error', file: spec } as const;
  if (plan === null) {
    const line = Number(/:(\d+):\d+/.exec(error ?? '')?.[1] ?? 1);
    return [{ ...at, line, title: 'pgm plan', message: error ?? '' }];
  }
  const text = readFileSync(spec, 'utf8').split('\n');
  const lineOf = (key: string): number =>
    Math.max(
      0,
      text.findIndex(line => line.startsWith(`${key}:`)),
    ) + 1;
  return plan.findings
    .filter(finding => finding.severity === 'error' && finding.status !== 'change')
    .slice(0, 10) // GitHub shows ten of a step
    .map(finding => ({
      ...at,
      line: lineOf(finding.server),
      title: `${finding.code}${finding.database === undefined ? '' : `, database ${finding.database}`}`,
      message: finding.remedy === null ? finding.message : `${finding.message}\n${finding.remedy}`,
    }));
}

/** A mistake or a failure before what is blocked, since it says more. */
export function worstOf(codes: readonly number[]): number {
  return (
    codes.find(code => code !== exitCodes.ok && code !== exitCodes.blocked && code !== exitCodes.changes) ??
    codes.find(code => code !== exitCodes.ok) ??
    exitCodes.ok
  );
}
