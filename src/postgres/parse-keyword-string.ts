import { didYouMean } from '../did-you-mean.js';
import { conninfoKeywords } from './conninfo-keywords.js';
import type { ConninfoValues } from './parse-uri.js';

const quoteHint =
  "Put a value with spaces in single quotes: password='two words'; a quote or backslash in it is written \\' or \\\\.";

/**
 * Reads `keyword = value` pairs by libpq's rules: quotes and backslashes, spaces around `=`.
 * Reading ends at the first mistake; it is in `problems` and quotes nothing that may be a part of a password.
 */
export function parseKeywordString(text: string): ConninfoValues {
  const found: ConninfoValues = { values: new Map(), problems: [] };
  const scanner = new Scanner(text);
  let afterPassword = false; // what follows may be the rest of a password with spaces
  scanner.skipSpaces();
  while (!scanner.atEnd) {
    const keyword = scanner.take(/[^=\s]*/y);
    scanner.skipSpaces();
    const isWord = /^[A-Za-z_][A-Za-z0-9_]*$/.test(keyword);
    if (!isWord || scanner.take(/=/y) === '') {
      const message =
        afterPassword || !isWord
          ? 'the connection string is not made of keyword=value pairs'
          : `there is no "=" after "${keyword}" in the connection string`;
      found.problems.push({ kind: 'syntax', severity: 'error', message, hint: quoteHint });
      return found;
    }
    if (afterPassword && !conninfoKeywords.has(keyword) && didYouMean(keyword, conninfoKeywords.keys()) === undefined) {
      found.problems.push({
        kind: 'syntax',
        severity: 'error',
        message: 'an unknown keyword follows the password',
        hint: quoteHint,
      });
      return found;
    }
    scanner.skipSpaces();
    const value = scanner.value();
    if (value === undefined) {
      found.problems.push({
        kind: 'syntax',
        severity: 'error',
        message: `the quote that begins the value of "${keyword}" is not closed`,
        keyword,
      });
      return found;
    }
    found.values.set(keyword, value);
    afterPassword ||= keyword.includes('password');
    scanner.skipSpaces();
  }
  return found;
}

class Scanner {
  #at = 0;

  constructor(readonly text: string) {}

  get atEnd(): boolean {
    return this.#at >= this.text.length;
  }

  /** Moves over what a sticky expression matches here; '' when it does not. */
  take(sticky: RegExp): string {
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.text)?.[0] ?? '';
    this.#at += match.length;
    return match;
  }

  skipSpaces(): void {
    this.take(/\s*/y);
  }

  /** A quoted or plain value with its escapes resolved; undefined when the quote is not closed. */
  value(): string | undefined {
    const quoted = this.take(/'/y) !== '';
    const raw = quoted ? this.take(/(?:[^'\\]|\\[\s\S])*/y) : this.take(/(?:[^\s\\]|\\[\s\S])*/y);
    if (quoted && this.take(/'/y) === '') return undefined;
    if (!quoted) this.take(/\\$/y);
    return raw.replaceAll(/\\([\s\S])/g, '$1');
  }
}
