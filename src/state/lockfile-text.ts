import { UserError } from '../errors.js';
import { goals } from '../spec/spec.js';
import { isBlock } from './block-record.js';
import type { Lockfile, StepRecord } from './lockfile.js';

const formatVersion = 1;

/** Sorted keys, two spaces, newline at the end: one write is a small diff. */
export function formatLockfile(lockfile: Lockfile): string {
  const { steps, ...others } = lockfile;
  const text = objectText({ ...others, steps: '' }, '  ', (value, key) =>
    key === 'steps' ? objectText(steps, '    ', stepText) : valueText(value, '  '),
  );
  return `${text}\n`;
}

/**
 * A write changes few of what may be thousands of steps: the text of the others is kept. A step's record is never
 * changed, another takes its place (transitions.ts).
 */
const stepTexts = new WeakMap<StepRecord, string>();

function stepText(step: StepRecord): string {
  const known = stepTexts.get(step);
  if (known !== undefined) return known;
  const text = valueText(step, '    ');
  stepTexts.set(step, text);
  return text;
}

/** As JSON.stringify writes it inside of what is indented by `indent`. */
function valueText(value: unknown, indent: string): string {
  return JSON.stringify(sorted(value), null, 2).replaceAll('\n', `\n${indent}`);
}

function objectText<Value>(
  object: Readonly<Record<string, Value>>,
  indent: string,
  textOf: (value: Value, key: string) => string,
): string {
  const fields: string[] = [];
  for (const key of Object.keys(object).sort()) {
    const value = object[key];
    if (value !== undefined) fields.push(`${indent}${JSON.stringify(key)}: ${textOf(value, key)}`);
  }
  return fields.length === 0 ? '{}' : `{\n${fields.join(',\n')}\n${indent.slice(2)}}`;
}

export interface LockfileSource {
  /** Where the text is from, for messages. */
  readonly place: string;
  /** The migration that it should be of. */
  readonly name: string;
  /** The way back when it is damaged: a sentence. */
  readonly remedy: string;
}

/**
 * Reads and checks a lockfile's text.
 * @throws UserError when it is damaged, of a newer format, or of a migration of another name
 */
export function parseLockfile(text: string, source: LockfileSource): Lockfile {
  return checkLockfile(parseJson(text, source), source);
}

/** The same for content that is already parsed. */
export function checkLockfile(content: unknown, source: LockfileSource): Lockfile {
  if (!isObject(content)) throw damaged(source, 'it is not a JSON object');
  if (typeof content.format_version === 'number' && content.format_version > formatVersion) {
    throw new UserError(
      `${source.place} has format ${content.format_version}, this pgm reads up to ${formatVersion}.`,
      {
        code: 'state-newer-format',
        hint: `A newer pgm (${String(content.pgm_version)}) wrote it: use that version or a later one.`,
      },
    );
  }
  const wrong = Object.entries(shape).filter(([field, fits]) => !fits(content[field]));
  if (wrong.length > 0) throw damaged(source, `wrong or missing: ${wrong.map(([field]) => field).join(', ')}`);
  const lockfile = content as unknown as Lockfile;
  if (lockfile.name !== source.name) {
    throw new UserError(`${source.place} belongs to migration "${lockfile.name}", the spec's is "${source.name}".`, {
      code: 'state-foreign',
      hint: 'Put the name back in the spec, or keep a spec file of its own for each migration.',
    });
  }
  return lockfile;
}

type Fits = (value: unknown) => boolean;

const text: Fits = value => typeof value === 'string';
const nothingOr =
  (fits: Fits): Fits =>
  value =>
    value === null || fits(value);
const oneOf =
  (...values: readonly unknown[]): Fits =>
  value =>
    values.includes(value);
const identity: Fits = value => isObject(value) && text(value.system_identifier) && text(value.version);

const shape: Readonly<Record<keyof Lockfile, Fits>> = {
  format_version: oneOf(formatVersion),
  pgm_version: text,
  name: text,
  lineage: text,
  serial: value => Number.isSafeInteger(value) && Number(value) >= 0,
  source: nothingOr(identity),
  target: nothingOr(identity),
  spec_sha256: text,
  method: oneOf(null, 'continuous', 'dump'),
  reached: oneOf(null, ...goals),
  goal_by_flag: oneOf(null, ...goals),
  stopped: value => typeof value === 'boolean',
  steps: value =>
    isObject(value) && Object.values(value).every(step => isObject(step) && text(step.kind) && text(step.status)),
  settings: value => isObject(value) && Object.values(value).every(setting => isObject(setting) && text(setting.after)),
  cutover: nothingOr(isCutover),
  rehearsal: value => value === undefined || (isObject(value) && text(value.finished_at)),
  shut: value =>
    value === undefined || (isObject(value) && oneOf('source', 'target')(value.side) && Array.isArray(value.block)),
  marks: value => value === undefined || (isObject(value) && Object.values(value).every(isMark)),
  history: value => value === undefined || isObject(value),
  updated_at: text,
};

/** What it says of a block becomes GRANT and ALTER DATABASE: nothing but that may be in it. */
function isCutover(value: unknown): boolean {
  return (
    isObject(value) &&
    isBlock(value.block) &&
    (value.before === undefined || value.before === null || isCutover(value.before))
  );
}

const isLsn: Fits = value => typeof value === 'string' && /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/.test(value);

function isMark(value: unknown): boolean {
  if (!isObject(value) || !isObject(value.publisher) || !isObject(value.subscriber)) return false;
  return (
    nothingOr(isLsn)(value.applied) &&
    [value.publisher, value.subscriber].every(({ lsn, timeline }) => isLsn(lsn) && Number.isSafeInteger(timeline)) &&
    text(value.subscriber.started_at)
  );
}

function parseJson(content: string, source: LockfileSource): unknown {
  if (content.trim() === '') throw damaged(source, 'it is empty');
  try {
    return JSON.parse(content);
  } catch (error) {
    throw damaged(source, error instanceof Error ? error.message : String(error));
  }
}

function damaged(source: LockfileSource, how: string): UserError {
  return new UserError(`${source.place} is damaged: ${how}.`, { code: 'state-damaged', hint: source.remedy });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sorted(value[key])]),
  );
}
