/** Whom a commit waits for: the first of the names by order, or any of them. */
export interface SynchronousStandbys {
  readonly method: 'first' | 'any';
  /** How many must have the commit. */
  readonly count: number;
  /** `*` unquoted is everybody; names are compared without case. */
  readonly names: readonly string[];
}

/** A name in double quotes, or a word; as syncrep_scanner.l of 12 to 18 takes them apart. */
const token = /\s*(?:"((?:[^"]|"")*)"|([A-Za-z0-9_$\u0080-\uffff]+)|([*(),]))/y;

/**
 * Takes synchronous_standby_names apart: `FIRST n (…)`, `ANY n (…)`, `n (…)` and the plain list, which is FIRST 1.
 * @returns null where it is empty: no commit waits
 */
export function parseSynchronousStandbys(value: string): SynchronousStandbys | null {
  const words = tokens(value);
  if (words === null || words.length === 0) return null;
  const [first, second] = words;
  const method = second?.quoted === false && isNumber(second.text) && !first?.quoted ? first?.text.toLowerCase() : null;
  if ((method === 'first' || method === 'any') && words[2]?.text === '(')
    return { method, count: Number(second?.text), names: namesOf(words.slice(3)) };
  if (first?.quoted === false && isNumber(first.text) && second?.text === '(')
    return { method: 'first', count: Number(first.text), names: namesOf(words.slice(2)) };
  return { method: 'first', count: 1, names: namesOf(words) };
}

/** Does one with this application_name count among those that commits wait for? */
export function isSynchronousName({ names }: SynchronousStandbys, application: string): boolean {
  return names.some(name => name === everybody || name.toLowerCase() === application.toLowerCase());
}

/** Of the setting's own `*`, which no quoted name can be told from by the server either. */
const everybody = '*';

interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

function tokens(value: string): readonly Token[] | null {
  const found: Token[] = [];
  const text = value.trim();
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) return null;
    const [, quoted, word, sign] = match;
    found.push(
      quoted === undefined
        ? { text: word ?? sign ?? '', quoted: false }
        : { text: quoted.replaceAll('""', '"'), quoted: true },
    );
  }
  return found;
}

function namesOf(words: readonly Token[]): readonly string[] {
  return words.filter(({ text, quoted }) => quoted || !/^[(),]$/.test(text)).map(({ text }) => text);
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}
