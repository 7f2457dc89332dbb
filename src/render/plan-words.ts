import type { Plan, Step } from '../plan/plan.js';
import type { Teardown } from '../plan/teardown.js';
import type { Goal } from '../spec/spec.js';
import { andMore, fold } from './fold.js';
import { formatBytes, formatCount, formatEstimate, formatMilliseconds, plural } from '../quantities.js';
import { doubtCodes } from '../plan/row-doubts.js';
import { sumEstimates } from './step-shape.js';
import { stepTraits, type PhaseName } from '../steps/step-traits.js';
import { placeOf } from './step-phases.js';

/** What a plan is, in a line: `shop: PostgreSQL 15.18 to 18.0, method continuous, goal synced`. */
export function planHeadline(plan: Plan): string {
  const from = plan.source === null ? 'an unreachable source' : `PostgreSQL ${shortVersion(plan.source.version)}`;
  const to = plan.target === null ? 'an unreachable target' : shortVersion(plan.target.version);
  if (plan.teardown !== undefined) return `${plan.name}: ${from} to ${to}, ${teardownInWords(plan.teardown)}`;
  return `${plan.name}: ${from} to ${to}, method ${plan.method}, goal ${plan.goal}`;
}

function teardownInWords({ command, release, open, gone }: Teardown): string {
  if (gone !== null) return `${command} since the ${gone} is gone for good`;
  return `${command}${release ? ' and release the slots' : ''}${open ? ' and open what was shut' : ''}`;
}

/** Which servers are meant: label and text. */
export function planServersInWords(plan: Plan): (readonly [label: string, text: string])[] {
  return [
    ['Source', serverInWords(plan.source)],
    ['Target', serverInWords(plan.target)],
  ];
}

function serverInWords(server: Plan['source']): string {
  return server === null
    ? 'not reached'
    : `${server.host.includes(':') ? `[${server.host}]` : server.host}:${server.port}/${server.database}, ` +
        `PostgreSQL ${shortVersion(server.version)}`;
}

/** The sentence at the end, in Terraform's shape; a plan without steps says where the migration is. */
export function planSentence(plan: Plan): string {
  if (!plan.applicable)
    return (
      `Blocked: ${plural(plan.summary.blocked, 'finding')} ${plan.summary.blocked === 1 ? 'blocks' : 'block'} ` +
      'the migration.'
    );
  if (plan.steps.length === 0 && plan.teardown !== undefined)
    return `No changes. There is nothing of pgm to drop on the servers.`;
  if (plan.steps.length === 0)
    return `No changes. ${plan.name} has reached the goal ${plan.goal}: ${goalReached(plan.goal, plan.method, plan.findings)}.`;
  const { create, update, delete: destroy, run } = plan.summary;
  return (
    `Plan: ${formatCount(create)} to create, ${formatCount(update)} to ` +
    `change, ${formatCount(destroy)} to destroy, ${formatCount(run)} to run.`
  );
}

/** What a goal means once it is reached. */
export function goalMeans(goal: Goal, method: Plan['method']): string {
  switch (goal) {
    case 'prepared':
      return 'both servers are ready; no data is copied yet';
    case 'synced':
      return 'all data is on the target and replication keeps it in sync; the source stays in use';
    case 'cutover':
      return 'the target has taken over, with every row of the tables in scope';
    case 'ready':
      return method === 'dump'
        ? 'the data is on the target and nothing of pgm is left'
        : 'the target is in use and nothing of pgm is left running';
  }
}

/** The same where it is reached: what findings make untrue is not said. */
export function goalReached(goal: Goal, method: Plan['method'], findings: Plan['findings']): string {
  const codes = doubtCodes(findings);
  if (codes.length === 0 || goal === 'prepared') return goalMeans(goal, method);
  const doubt = `some rows may not have come or may differ: see ${codes.join(', ')}`;
  switch (goal) {
    case 'synced':
      return `the tables are copied and replication is set up; the source stays in use; ${doubt}`;
    case 'cutover':
      return `the target has taken over; ${doubt}`;
    case 'ready':
      return `the target is in use; ${doubt}`;
  }
}

/** What stands above the reasons for which `auto` takes the dump instead. */
export const fallbackTitle = 'Method dump, since logical replication is not possible:';

/** What the dump means and, unless it is accepted, how to say yes to it. */
export function fallbackMeaning({ accepted }: { readonly accepted: boolean }): string[] {
  return [
    'A dump is one snapshot: rows written on the source after it starts are NOT migrated.',
    ...(accepted
      ? []
      : [
          'To accept that: pgm apply --allow-dump, or save this plan with --out and apply it.',
          'Otherwise do what is listed above and plan again.',
        ]),
  ];
}

/** What the steps mean for those who use the servers: label and text. Empty when there is nothing to do. */
export function planMeaning(plan: Plan): (readonly [label: string, text: string])[] {
  if (plan.teardown !== undefined) return teardownMeaning(plan, plan.teardown);
  if (plan.steps.length === 0) return [];
  const rows: (readonly [string, string])[] = [
    ['Data', dataToMove(plan)],
    ['Restart', restarts(plan)],
    ...locks(plan).map((lock, index) => [index === 0 ? 'Locks' : '', lock] as const),
    ['Writes', writes(plan)],
  ];
  if (plan.method === 'dump' && plan.fallback === null && movesData(plan))
    rows.push(['Snapshot', 'rows written on the source after the copy starts are not migrated']);
  rows.push(['Undo', wayBack(plan)]);
  return rows;
}

function teardownMeaning({ steps }: Plan, { command, release, stays }: Teardown): (readonly [string, string])[] {
  const opened = steps.filter(({ kind, action }) => kind === 'open-database' && action === 'update');
  const dropsLanes = steps.some(({ kind }) => kind === 'drop-lane');
  return [
    ['Data', 'migrated data stays where it is'],
    ...(opened.length === 0 ? [] : [['Writes', `allowed again in ${opened.map(placeOf).join(', ')}`] as const]),
    ...(dropsLanes
      ? [['Undo', `pgm apply starts ${command === 'stop' || release ? 'these lanes' : 'the migration'} over`] as const]
      : command === 'stop'
        ? [['Undo', 'pgm apply goes on from here'] as const]
        : []),
    ...stays.map((line, index) => [index === 0 ? 'Stays' : '', line] as const),
  ];
}

function wayBack({ steps, method, goal }: Plan): string {
  const inPhase = (...names: readonly PhaseName[]): readonly Step[] =>
    steps.filter(step => names.includes(stepTraits[step.kind].phase));
  if (method === 'dump') return 'the source stays as it is; what was copied stays on the target';
  // Before the end it is a lane of an interrupted run that is closed: nothing was finished on it.
  if (inPhase('close').some(step => !step.reversible && (goal === 'ready' || step.kind !== 'drop-lane')))
    return 'none: replication is closed for good';
  const cutover = inPhase('cutover', 'failback');
  if (steps.some(step => step.kind === 'failback')) return 'pgm cutover, with the rows written meanwhile';
  if (cutover.length > 0)
    return cutover.every(step => step.reversible)
      ? 'pgm rollback, with the rows written meanwhile'
      : 'none: with cutover.failback false, rows written on the target would be lost';
  const lasting = steps.filter(
    step => !step.reversible && stepTraits[step.kind].leavesNothing !== true && step.kind !== 'drop-lane',
  );
  if (lasting.length === 0) return 'every step can be undone (pgm destroy)';
  return lasting.every(step => step.server === 'target')
    ? 'pgm destroy; what was copied stays on the target'
    : `pgm destroy, but not for ${listKinds(lasting)}`;
}

/** `15.18` of `15.18 (Debian 15.18-0+deb12u1)`. */
function shortVersion(version: string): string {
  return version.split(' ')[0] ?? version;
}

function dataToMove(plan: Plan): string {
  const { databases, tables, bytes } = plan.summary;
  if (!movesData(plan)) return 'none is copied';
  const { seconds } = sumEstimates(plan.steps);
  return `${plural(databases, 'database')}${databaseNames(plan)}, ${plural(tables, 'table')}, ${formatBytes(bytes)}${seconds > 0 ? `, ${formatEstimate(seconds)}` : ''}`;
}

function databaseNames(plan: Plan): string {
  const names = [...new Set(plan.steps.flatMap(step => (step.database === undefined ? [] : [step.database])))];
  if (names.length === 0) return '';
  const { shown, hidden } = fold(names, 6);
  return ` (${[...shown, ...(hidden > 0 ? [andMore(hidden, 'database').replace(/ databases$/, '')] : [])].join(', ')})`;
}

function restarts(plan: Plan): string {
  const servers = [...new Set(plan.steps.filter(step => step.impact.restart).map(step => step.server))];
  return servers.length === 0
    ? 'none'
    : servers.map(server => `the ${server} restarts once: its sessions are cut`).join('; ');
}

/** Here the side that is in use is locked, whichever it is. */
const switchPhases: ReadonlySet<PhaseName> = new Set(['cutover', 'failback']);

function locks(plan: Plan): string[] {
  const taken = [
    ...new Set(
      plan.steps.flatMap(step =>
        step.server === 'source' || switchPhases.has(stepTraits[step.kind].phase) ? step.impact.locks : [],
      ),
    ),
  ];
  if (taken.length === 0) return ['none that users of the source notice'];
  const { shown, hidden } = fold(taken, 4);
  return [...shown, ...(hidden > 0 ? [andMore(hidden, 'lock')] : [])];
}

function writes(plan: Plan): string {
  const blocking = plan.steps.filter(step => step.impact.blocks_writes && !step.impact.restart);
  const refused = plan.steps.some(step => step.impact.restart && step.server === 'source')
    ? ['fail while the source restarts']
    : [];
  if (blocking.length === 0) return refused[0] ?? 'continue';
  const stop =
    plan.preflight === null
      ? ''
      : ', expected ' +
        `about ${formatMilliseconds(plan.preflight.write_stop.milliseconds)}${plan.steps.some(({ statements }) => statements.some(each => each.startsWith('$ ') && !each.includes('  # '))) ? ' and the time of the hooks' : ''}`;
  return [...refused, `wait during ${listKinds(blocking)}${stop}`].join('; ');
}

function listKinds(steps: readonly Step[]): string {
  const kinds = new Map<string, Step[]>();
  for (const step of steps) kinds.set(step.kind, [...(kinds.get(step.kind) ?? []), step]);
  const words = [...kinds].map(([kind, [first, ...more]]) =>
    first !== undefined && more.length === 0 ? `${kind} (${placeOf(first)})` : kind,
  );
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

function movesData(plan: Plan): boolean {
  return plan.steps.some(step => step.kind === 'copy');
}
