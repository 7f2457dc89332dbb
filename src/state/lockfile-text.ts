import { checkLockfile, damaged, type LockfileSource } from './check-lockfile.js';
import type { Lockfile, StepRecord } from './lockfile.js';
import { isRecord } from './outside.js';

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

/**
 * Reads and checks a lockfile's text.
 * @throws UserError when it is damaged, of a newer format, or of a migration of another name
 */
export function parseLockfile(text: string, source: LockfileSource): Lockfile {
  return checkLockfile(parseJson(text, source), source);
}

function parseJson(content: string, source: LockfileSource): unknown {
  if (content.trim() === '') throw damaged(source, 'it is empty');
  try {
    return JSON.parse(content);
  } catch (error) {
    throw damaged(source, error instanceof Error ? error.message : String(error));
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sorted(value[key])]),
  );
}
