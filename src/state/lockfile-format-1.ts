import { isRecord } from './outside.js';
import { parseSettingKey } from './settable.js';

/**
 * A lockfile of format 1 as one of format 2. What is not as format 1 has it is left as it is: the schema tells it then.
 * Format 1 kept settings as `before` and `after` under a key with all that they are of, steps without their database,
 * and a switch under way as one that ended at no time.
 */
export function fromFormat1(content: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { steps, settings, cutover, history } = content;
  const databases = isRecord(history) && isRecord(history.databases) ? Object.keys(history.databases) : [];
  return {
    ...content,
    format_version: 2,
    steps: isRecord(steps) ? mapEntries(steps, (id, step) => stepFrom1(id, step, databases)) : steps,
    settings: isRecord(settings) ? mapEntries(settings, settingFrom1) : settings,
    cutover: switchFrom1(cutover),
  };
}

/** Steps of these kinds are of a server: the first word of their ids is `source` or `target`. */
const ofServers: ReadonlySet<unknown> = new Set([
  'server-setting',
  'reload',
  'restart',
  'hba-rule',
  'role',
  'cutover',
  'failback',
  'restore-settings',
]);

function stepFrom1(id: string, step: unknown, databases: readonly string[]): unknown {
  if (!isRecord(step)) return step;
  const { kind, status, record } = step;
  // Undoing was never carried out by steps, and an attempt that is told as undone has left nothing.
  if (status === 'undone') return undefined;
  return { ...step, database: databaseOf(id, kind, databases), record: leftFrom1(kind, record) };
}

/** `<database>/<kind>` or `<database>/<kind>/<object>`, where a name may have slashes as well. */
function databaseOf(id: string, kind: unknown, databases: readonly string[]): string | null {
  if (ofServers.has(kind)) return null;
  const ends = (name: string): boolean => id === `${name}/${String(kind)}` || id.startsWith(`${name}/${String(kind)}/`);
  const [known] = databases.filter(ends).sort((a, b) => b.length - a.length);
  const at = `${id}/`.indexOf(`/${String(kind)}/`);
  return known ?? (at === -1 ? null : id.slice(0, at));
}

/** What a record had to have to be of use; of other kinds nothing was read. Early versions left less. */
const leftFields: Readonly<Record<string, readonly string[]>> = {
  role: ['roles'],
  schema: ['entries', 'counts', 'dependants'],
  slot: ['slot', 'lsn'],
  copy: ['tables', 'rows', 'bytes'],
  subscription: ['dialled'],
  sync: ['apply_errors'],
  verify: ['depth', 'tables', 'rows', 'methods'],
  restart: ['command'],
  cutover: ['write_stop_ms', 'finished_at'],
  failback: ['write_stop_ms', 'finished_at'],
};

function leftFrom1(kind: unknown, record: unknown): unknown {
  const fields = leftFields[String(kind)];
  if (!isRecord(record) || fields?.every(field => field in record) !== true) return null;
  switch (kind) {
    case 'copy':
      return { whole: null, ...record };
    case 'restart':
      return { state: 'place' in record ? 'begun' : 'ended', ...record };
    case 'cutover':
    case 'failback':
      return switchFrom1(record);
    default:
      return record;
  }
}

function settingFrom1(key: string, setting: unknown): unknown {
  const of = parseSettingKey(key);
  // Of a form that pgm never wrote: nothing is put back for it.
  if (of === null) return undefined;
  if (!isRecord(setting)) return setting;
  switch (of.kind) {
    case 'server-setting':
      return { ...of, ...setting };
    case 'hba':
      return { ...of, lines: typeof setting.after === 'string' ? setting.after.split('\n') : setting.after };
    case 'replica-identity':
      return { ...of, before: identityFrom1(setting.before) };
  }
}

const indexPrefix = 'index ';

function identityFrom1(before: unknown): unknown {
  if (typeof before !== 'string') return before;
  return before.startsWith(indexPrefix) ? { kind: 'index', name: before.slice(indexPrefix.length) } : { kind: before };
}

function switchFrom1(record: unknown): unknown {
  if (!isRecord(record)) return record;
  const { event = 'cutover', finished_at, phase, hooks, before, block, ...others } = record;
  const common = { ...others, event, block: block ?? [] };
  if (finished_at !== '') return { ...common, state: 'finished', finished_at };
  return { ...common, state: phase ?? 'stopping', hooks: hooks === true, before: lastFinished(before) };
}

/** A switch that was begun anew, while it was under way, replaced its own record. */
function lastFinished(before: unknown): unknown {
  if (!isRecord(before)) return before ?? null;
  return before.finished_at === '' ? lastFinished(before.before) : switchFrom1(before);
}

/** Entries that become undefined are left out. */
function mapEntries(
  record: Readonly<Record<string, unknown>>,
  change: (key: string, value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => {
      const changed = change(key, value);
      return changed === undefined ? [] : [[key, changed]];
    }),
  );
}
