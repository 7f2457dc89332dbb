import { it } from 'vitest';

/**
 * `it.each` of all cases with PGM_FAULTS=all (nightly), else of those of the short form; PGM_FAULT=text: of those whose
 * name has it. Where that is none, they show as skipped: a file without a test would count as failed.
 * @param short names, or their beginnings
 */
export function eachFault<Case extends { readonly name: string }>(cases: readonly Case[], short: readonly string[]): (name: string, options: { readonly timeout: number }, run: (fault: Case) => Promise<void>) => void {
  const chosen = faultsToRun(cases, short);
  return (name, options, run) => (chosen.length > 0 ? it : it.skip).each(chosen.length > 0 ? chosen : cases)(name, options, run);
}

function faultsToRun<Case extends { readonly name: string }>(cases: readonly Case[], short: readonly string[]): readonly Case[] {
  const asked = process.env['PGM_FAULT'];
  if (asked !== undefined) return cases.filter(({ name }) => name.includes(asked));
  return process.env['PGM_FAULTS'] === 'all' ? cases : cases.filter(({ name }) => short.some(begin => name.startsWith(begin)));
}
