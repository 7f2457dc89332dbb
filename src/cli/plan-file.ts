import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { UserError } from '../errors.js';
import { writeOwnFile } from '../own-file.js';
import type { Plan } from '../plan/plan.js';
import { renderPlanJson } from '../render/plan-json.js';
import { cut, inWords } from '../state/check-lockfile.js';

/** Whether a file argument means a saved plan rather than a spec: by its name, else by its first character. */
export function isPlanFile(path: string): boolean {
  if (/\.ya?ml$/i.test(path)) return false;
  try {
    return readFileSync(path, 'utf8').trimStart().startsWith('{');
  } catch {
    return /\.json$/i.test(path); // reading it again says why it cannot be read
  }
}

export interface PlanFile {
  readonly plan: Plan;
  /** False: its content is not what `plan --out` wrote. */
  readonly intact: boolean;
}

/** A plan from `plan --out`. Throws a UserError when the file is no plan of this version. */
export async function readPlanFile(path: string): Promise<PlanFile> {
  const { planDigest, planIntegrity } = await import('../plan/digest.js');
  const plan = await heldPlan(parsePlan(readText(path), path), path);
  const { integrity, ...rest } = plan;
  const { digest, ...content } = rest;
  const intact = hashOf(() => planDigest(content)) === digest && hashOf(() => planIntegrity(rest)) === integrity;
  return { plan, intact };
}

/** The plan, or exit 5 when the file was altered after it was saved. */
export async function readIntactPlan(path: string): Promise<Plan> {
  const { plan, intact } = await readPlanFile(path);
  if (!intact)
    throw new UserError(`the plan in ${path} was altered after it was saved`, {
      kind: 'stale-plan',
      code: 'PGM811',
      hint: `its digest no longer fits its content; make a new one: pgm plan --out ${path}`,
    });
  return plan;
}

/** The spec that a plan was made from: where it was, seen from here or else from the plan file. */
export function specOfPlan(plan: Plan, planPath: string): string {
  const candidates = [resolve(plan.spec.path), resolve(dirname(planPath), plan.spec.path)];
  const found = candidates.find(candidate => existsSync(candidate));
  if (found === undefined)
    throw new UserError(`the spec of this plan is not there: ${plan.spec.path}`, {
      kind: 'stale-plan',
      code: 'PGM812',
      hint: `looked for ${[...new Set(candidates)].join(' and ')}`,
    });
  return found;
}

export function writePlanFile(path: string, plan: Plan): void {
  try {
    writeOwnFile(path, renderPlanJson(plan), 0o600);
  } catch (error) {
    throw new UserError(`the plan cannot be written to ${path}: ${systemMessage(error)}`, {
      kind: 'usage',
      code: 'PGM822',
      cause: error,
    });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`the plan file ${path} cannot be read: ${systemMessage(error)}`, {
      kind: 'usage',
      code: 'PGM821',
      cause: error,
    });
  }
}

function parsePlan(text: string, path: string): unknown {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path} is not a saved plan: it is not JSON`, { kind: 'usage', code: 'PGM813', cause: error });
  }
  const fields = content as Partial<Record<keyof Plan, unknown>> | null;
  if (
    typeof fields !== 'object' ||
    fields === null ||
    typeof fields.digest !== 'string' ||
    !Array.isArray(fields.steps)
  ) {
    throw new UserError(`${path} is not a saved plan`, {
      kind: 'usage',
      code: 'PGM813',
      hint: 'pgm plan --out FILE saves one',
    });
  }
  if (fields.format_version !== 1)
    throw new UserError(
      `${path} has plan format ${fields.format_version === undefined ? 'of none' : cut(JSON.stringify(fields.format_version))}, this pgm knows format 1`,
      {
        kind: 'stale-plan',
        code: 'PGM814',
        hint: 'make a new plan with this pgm',
      },
    );
  return content;
}

/** What it is shown and compared by takes its form for granted. */
async function heldPlan(content: unknown, path: string): Promise<Plan> {
  const { validate: generated } = await import('../plan/plan-validator.generated.js');
  const validate = generated as unknown as ValidateFunction<Plan>;
  if (validate(content)) return content;
  throw new UserError(`the plan in ${path} was altered after it was saved: ${cut(inWords(validate.errors ?? []))}`, {
    kind: 'stale-plan',
    code: 'PGM811',
    hint: `make a new one: pgm plan --out ${path}`,
  });
}

/** A file that is damaged in its depths has no hash at all. */
function hashOf(make: () => string): string | null {
  try {
    return make();
  } catch {
    return null;
  }
}

function systemMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
