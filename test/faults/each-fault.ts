import { it } from 'vitest';

interface Options {
  readonly timeout: number;
}

/**
 * `it.each` of all cases with PGM_FAULTS=all (nightly), else of those of the short form; PGM_FAULT=text: of those whose
 * name has it. Where that is none, they show as skipped: a file without a test would count as failed.
 * @param short names, or their beginnings
 */
export function eachFault<Case extends { readonly name: string }>(
  cases: readonly Case[],
  short: readonly string[],
): (name: string, options: Options, run: (fault: Case) => Promise<void>) => void {
  const chosen = cases.filter(({ name }) =>
    runs(
      name,
      short.some(begin => name.startsWith(begin)),
    ),
  );
  return (name, options, run) =>
    (chosen.length > 0 ? it : it.skip).each(chosen.length > 0 ? chosen : cases)(name, options, run);
}

/**
 * One case of the long form only. The short form shows the same by another of its file, so nothing is shown as skipped.
 */
export function longFault(name: string, options: Options, run: () => Promise<void>): void {
  if (runs(name, false)) it(name, options, run);
}

function runs(name: string, inShort: boolean): boolean {
  const asked = process.env['PGM_FAULT'];
  return asked === undefined ? inShort || process.env['PGM_FAULTS'] === 'all' : name.includes(asked);
}
