import { runChecks, runDriftChecks } from '../../src/checks/run-checks.js';
import type { Finding } from '../../src/checks/finding.js';
import type { Facts } from '../../src/inspect/facts.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { specFor } from './readiness.js';
import { someFacts } from './some-facts.js';

export interface Asked {
  readonly lines?: readonly string[];
  readonly lockfile?: Lockfile | null;
}

const specOf = (lines: readonly string[] = []): ReturnType<typeof specFor> =>
  specFor({
    source: 'postgres://migrator:x@db.example.com/postgres',
    target: 'postgres://migrator:x@new.example.com/postgres',
    lines,
  });

/** What a check of readiness says of such servers: everything of each finding but its words. */
export function whole(code: string, facts: Partial<Facts>, { lines, lockfile = null }: Asked = {}): readonly string[] {
  return shown(code, runChecks(specOf(lines), someFacts(facts), lockfile));
}

/** The same of a check of drift. */
export function drift(code: string, facts: Partial<Facts>, { lines, lockfile = null }: Asked = {}): readonly string[] {
  return shown(code, runDriftChecks(specOf(lines), someFacts(facts), lockfile));
}

/** The words of a check of readiness. */
export function words(code: string, facts: Partial<Facts>, { lines, lockfile = null }: Asked = {}): readonly string[] {
  return said(code, runChecks(specOf(lines), someFacts(facts), lockfile));
}

/** The words of a check of drift. */
export function driftWords(
  code: string,
  facts: Partial<Facts>,
  { lines, lockfile = null }: Asked = {},
): readonly string[] {
  return said(code, runDriftChecks(specOf(lines), someFacts(facts), lockfile));
}

function said(code: string, findings: readonly Finding[]): readonly string[] {
  return findings.filter(found => found.code === code).map(({ message }) => message);
}

function shown(code: string, findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(found => found.code === code)
    .map(({ severity, server, database, object, current, required, remedy }) =>
      [`${severity} ${server}`, database, object, current, required, remedy].map(each => each ?? '-').join(' | '),
    );
}
