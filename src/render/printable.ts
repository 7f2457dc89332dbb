/** Steers a terminal, ends a line for some reader, or turns the direction of what follows. */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const allControls = new RegExp(controls, 'g');
const allControlsAndBreaks = new RegExp(`[\\t\\n]|${controls.source}`, 'g');

/**
 * Texts of several lines that pgm writes itself, names within them quoted; everything else in an object is one line.
 */
const severalLines: ReadonlySet<string> = new Set([
  'after',
  'before',
  'hint',
  'message',
  'remedy',
  'required',
  'statement',
  'statements',
  'where',
]);

/**
 * A value with the control characters of all its texts made visible (`\x1b`): names and messages come from servers and
 * must not steer the user's terminal. Line ends and tabs are kept in a text that comes alone and in what pgm writes in
 * several lines; elsewhere in an object they are made visible too, so that no name begins a line. The value itself
 * where there are none.
 */
export function printable<T>(value: T): T;
export function printable(value: unknown): unknown {
  return visible(value, true);
}

/** The same for a text that is one line, or part of one. */
export function oneLine(text: string): string {
  return visible(text, false) as string;
}

/** Line breaks within double quotes belong to names, also where the server says them. */
export function withNamesOnOneLine(text: string): string {
  return text.includes('\n') ? text.replace(/"[^"]*"/g, name => oneLine(name)) : text;
}

function visible(value: unknown, breaks: boolean): unknown {
  if (typeof value === 'string') return escapeControls(value, breaks ? allControls : allControlsAndBreaks);
  if (Array.isArray(value)) {
    const shown = value.map(each => visible(each, breaks));
    return shown.every((each, index) => each === value[index]) ? value : shown;
  }
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([name, given]: [string, unknown]) => {
    const key = oneLine(name);
    const each = visible(given, severalLines.has(name));
    return { key, each, same: key === name && each === given };
  });
  return entries.every(({ same }) => same) ? value : Object.fromEntries(entries.map(({ key, each }) => [key, each]));
}

function escapeControls(text: string, all: RegExp): string {
  return text.replace(all, character => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
