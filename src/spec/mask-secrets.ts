import { conninfoKeywords } from '../postgres/conninfo-keywords.js';
import type { Span } from './yaml-tree.js';

const mask = '***';
const secretName = String.raw`(?:pa?s{1,2}w[a-z_]*|pass(?!file)[a-z_]*|pwd?|secret[a-z_]*|token)["']?`;
const nextKeyword = String.raw`[\s&]+(?:${[...conninfoKeywords.keys()].join('|')})\s*=`;
const nextKey = String.raw`\s*,\s*["']?(?:connection|host|port|user|passfile|service|database|ssl[a-z]+|advertise|restart|hba)["']?\s*:`;
const quoted = String.raw`(?:'(?:[^'\n]|'')*'|"(?:[^"\\\n]|\\.)*")(?=\s*(?:[,}\]#]|$))`;

/** What stands before a secret, and the secret. Rather a few characters too many than one too few. */
const secretPatterns: readonly RegExp[] = [
  // postgres://user:SECRET@host, up to the last @ of the line
  /(?<before>:\/\/[^\s:@/]*:)(?<secret>[^\n]+)(?=@)/g,
  // password=SECRET, up to the next libpq keyword
  new RegExp(String.raw`(?<before>${secretName}\s*=\s*)(?<secret>[^\n]+?)(?=${nextKeyword}|\s*$)`, 'gim'),
  // password: | with the indented lines that follow
  new RegExp(
    String.raw`(?<before>${secretName}\s*:[ \t]*)(?<secret>[|>][^\n]*(?:\n[ \t]+[^\n]*|\n(?=[ \t\n]))*)`,
    'gi',
  ),
  // password: SECRET, up to the next key or the end of the line; behind a closing quote there may be more
  new RegExp(
    String.raw`(?<before>${secretName}\s*:\s+)(?<secret>${quoted}|["'][^\n]*|(?:\$\{[^}\n]*\}|[^\n])+?(?=${nextKey}|\s*\}*\s*$))`,
    'gim',
  ),
];

/** Where in a text a password may stand. A value that is one variable is none; the default of a variable may be. */
export function secretSpans(text: string): Span[] {
  return secretPatterns.flatMap(pattern =>
    [...text.matchAll(pattern)].flatMap(match => {
      const secret = match.groups?.['secret'] ?? '';
      const start = match.index + (match.groups?.['before']?.length ?? 0);
      const [, opening, fallback] = /^(["']?\$\{[A-Za-z_]\w*(?::-)?)([^}]*)\}["']?$/.exec(secret) ?? [];
      if (opening === undefined) return [{ start, end: start + secret.length }];
      return fallback === undefined || fallback === ''
        ? []
        : [{ start: start + opening.length, end: start + opening.length + fallback.length }];
    }),
  );
}

export interface MaskedText {
  readonly text: string;
  /** Where a character of the original stands in the masked text. */
  readonly offsetOf: (original: number) => number;
}

/** Puts `***` in the place of the secrets. */
export function maskSpans(text: string, secrets: readonly Span[]): MaskedText {
  const sorted = [...secrets].filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  const pieces: { readonly start: number; readonly end: number; readonly at: number }[] = [];
  let masked = '';
  let copied = 0;
  for (const { start, end } of sorted) {
    if (end <= copied) continue;
    masked += text.slice(copied, Math.max(copied, start));
    pieces.push({ start: Math.max(copied, start), end, at: masked.length });
    masked += mask;
    copied = end;
  }
  const offsetOf = (original: number): number => {
    const before = pieces.filter(piece => piece.start <= original).at(-1);
    if (before === undefined) return original;
    return original < before.end ? before.at : before.at + mask.length + (original - before.end);
  };
  return { text: masked + text.slice(copied), offsetOf };
}

/** A text that may be shown: passwords as {@link secretSpans} finds them are taken out. */
export function maskSecrets(text: string): string {
  return maskSpans(text, secretSpans(text)).text;
}
