import { writeOutputs, writeSummary } from '../ci/outputs.js';
import type { Platform } from '../ci/platform.js';
import type { Status } from '../apply/status.js';
import type { Plan } from '../plan/plan.js';
import { formatBytes, plural } from '../quantities.js';
import { ciTable, driftMarker } from '../render/ci-markdown.js';
import { parseDuration, parseSize } from '../spec/units.js';
import type { CiValues } from './ci-specs.js';
import type { Context } from './command.js';
import { UserError } from '../errors.js';
import { exitCodes } from './exit-code.js';
import { readSpec } from './read-spec.js';

export interface DriftLimits {
  /** Seconds a lane may be behind. */
  readonly lagSeconds: number;
  /** Bytes of WAL that a slot may hold back. */
  readonly retainedBytes: number;
}

/** Looks at each migration: exit 2 when something is to be told, in an issue where asked to. */
export async function ciDrift(
  specs: readonly string[],
  values: CiValues,
  platform: Platform | null,
  context: Context,
): Promise<number> {
  const { out } = context.terminal;
  const limits = limitsOf(values);
  const looked: { readonly spec: string; readonly problems: readonly string[] }[] = [];
  for (const spec of specs) looked.push({ spec, problems: await problemsOf(spec, limits, context) });
  const drifted = looked.filter(({ problems }) => problems.length > 0);
  const table = ciTable(
    looked.map(({ spec, problems }) => ({
      spec,
      mark: problems.length === 0 ? '✅' : '❌',
      result: problems.length === 0 ? 'nothing to report' : problems.join('; '),
    })),
    'Seen',
  );
  const body =
    `${driftMarker}\n${table}\n<sub>pgm status and pgm plan say more. ` + 'Each run rewrites this text.</sub>\n';
  writeSummary(body, process.env);
  writeOutputs({ drift: drifted.length > 0 ? 'true' : 'false' }, process.env, values.dotenv);
  for (const { spec, problems } of looked)
    out.write(`${spec}: ${problems.length === 0 ? 'nothing to report' : problems.join('; ')}\n`);
  if (values.issue) {
    if (platform === null)
      throw new UserError('--issue is for jobs on GitHub and GitLab', { code: 'PGM883', kind: 'usage' });
    const title = `pgm: ${plural(drifted.length, 'migration')} to look at`;
    const address = await platform.issue(title, driftMarker, drifted.length === 0 ? null : body);
    if (address !== null) out.write(`Told in ${address}\n`);
  }
  return drifted.length > 0 ? exitCodes.changes : exitCodes.ok;
}

async function problemsOf(path: string, limits: DriftLimits, context: Context): Promise<string[]> {
  try {
    const spec = await readSpec(path, context);
    const [{ readStatus }, { planMigration }] = await Promise.all([
      import('../apply/read-status.js'),
      import('../apply/plan-migration.js'),
    ]);
    const status = await readStatus(spec);
    if (status.state === 'not-started') return [];
    return problemsIn(status, await planMigration(spec, { resync: [] }), limits);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** What a look at a migration in progress has to tell, a sentence each, the gravest first. Pure. */
export function problemsIn(status: Status, plan: Plan, limits: DriftLimits): string[] {
  const lanes = status.databases.flatMap(database => database.lanes);
  const behind = lanes.filter(({ lag_seconds: lag }) => lag !== null && lag > limits.lagSeconds);
  const holding = lanes.filter(({ retained_wal_bytes: held }) => held !== null && held > limits.retainedBytes);
  const errors = status.drift.filter(({ severity }) => severity !== 'info');
  return [
    ...(status.state === 'failed' || status.state === 'stopped' ? [`the migration is ${status.state}`] : []),
    ...(status.error === undefined ? [] : [status.error.message]),
    ...lanes.flatMap(({ name, error }) => (error === null ? [] : [`lane ${name}: ${error}`])),
    ...lanes.flatMap(({ name, enabled, active, error }) =>
      error === null && enabled && !active ? [`lane ${name} is not connected`] : [],
    ),
    ...behind.map(({ name, lag_seconds: lag }) => `lane ${name} is ${String(Math.round(lag ?? 0))} s behind`),
    ...holding.map(({ slot, retained_wal_bytes: held }) => `slot ${slot} holds back ${formatBytes(held ?? 0)} of WAL`),
    ...errors.map(({ code, message }) => `${code} ${message}`),
    ...(plan.applicable
      ? []
      : plan.findings
          .filter(({ severity, code }) => severity === 'error' && !errors.some(known => known.code === code))
          .map(({ code, message }) => `${code} ${message}`)),
    ...(plan.applicable && plan.steps.length > 0 ? [`pgm plan has ${plural(plan.steps.length, 'step')} to do`] : []),
  ];
}

function limitsOf(values: CiValues): DriftLimits {
  const [lag, held] = [parseDuration(values['max-lag']), parseSize(values['max-wal'])];
  if (lag === undefined)
    throw new UserError(`--max-lag ${values['max-lag']} is no duration`, {
      code: 'PGM807',
      kind: 'usage',
      hint: 'such as 60s or 5m',
    });
  if (held === undefined)
    throw new UserError(`--max-wal ${values['max-wal']} is no size`, {
      code: 'PGM807',
      kind: 'usage',
      hint: 'such as 10GB',
    });
  return { lagSeconds: lag / 1000, retainedBytes: held };
}
