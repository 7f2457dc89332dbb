const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const allControls = new RegExp(controls, 'g');

/**
 * A value with the control characters of all its texts made visible (`\x1b`), line ends and tabs kept:
 * names and messages come from servers and must not steer the user's terminal. The value itself where there are none.
 */
export function printable<T>(value: T): T;
export function printable(value: unknown): unknown {
  return isPrintable(value) ? value : escape(value);
}

function isPrintable(value: unknown): boolean {
  if (typeof value === 'string') return !controls.test(value);
  if (Array.isArray(value)) return value.every(isPrintable);
  if (value === null || typeof value !== 'object') return true;
  for (const key in value) {
    if (controls.test(key) || !isPrintable((value as Record<string, unknown>)[key])) return false;
  }
  return true;
}

function escape(value: unknown): unknown {
  if (typeof value === 'string') return escapeControls(value);
  if (Array.isArray(value)) return value.map(escape);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [escapeControls(key), escape(each)]));
}

function escapeControls(text: string): string {
  return text.replace(allControls, character => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}
