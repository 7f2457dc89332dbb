import type { Finding } from '../checks/finding.js';

/**
 * Findings while one of which stands nobody can say that every row has come, or follows: a lane that is gone, stands or
 * carries a table no more, tables that no lane carries, that are not those that were copied or that were found to
 * differ, servers that may have gone back in time, rows that somebody else writes.
 */
const ofRows: ReadonlySet<string> = new Set([
  'PGM503',
  'PGM601',
  'PGM602',
  'PGM604',
  'PGM605',
  'PGM606',
  'PGM607',
  'PGM608',
  'PGM609',
  'PGM611',
  'PGM612',
  'PGM613',
  'PGM614',
  'PGM616',
  'PGM617',
  'PGM618',
  'PGM619',
  'PGM627',
  'PGM638',
]);

/** Those of them that make a sentence about rows untrue. Notes do not. */
export function rowDoubts(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ code, severity }) => severity !== 'info' && severity !== 'ok' && ofRows.has(code));
}

/** Their codes, each once, in order. */
export function doubtCodes(findings: readonly Finding[]): readonly string[] {
  return [...new Set(rowDoubts(findings).map(({ code }) => code))].sort();
}
