import { runChecks, runDriftChecks } from '../../src/checks/run-checks.js';
import type { Finding } from '../../src/checks/finding.js';
import type { Facts } from '../../src/inspect/facts.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { catalogue } from '../../src/checks/catalogue.js';
import { specFor } from './readiness.js';
import { someFacts } from './some-facts.js';

export interface Asked {
  /** False: the connections of the spec have none. */
  readonly passwords?: boolean;
  readonly lines?: readonly string[];
  readonly lockfile?: Lockfile | null;
}

const specOf = ({ lines = [], passwords = true }: Asked): ReturnType<typeof specFor> =>
  specFor({
    source: `postgres://migrator${passwords ? ':x' : ''}@db.example.com/postgres`,
    target: `postgres://migrator${passwords ? ':x' : ''}@new.example.com/postgres`,
    lines,
  });

/**
 * What a check of readiness says of such servers: everything of each finding but its words, and `its` for the remedy
 * that the check gives in general.
 */
export function whole(code: string, facts: Partial<Facts>, asked: Asked = {}): readonly string[] {
  return shown(code, runChecks(specOf(asked), someFacts(facts), asked.lockfile ?? null));
}

/** The same of a check of drift. */
export function drift(code: string, facts: Partial<Facts>, asked: Asked = {}): readonly string[] {
  return shown(code, runDriftChecks(specOf(asked), someFacts(facts), asked.lockfile ?? null));
}

/** The words of a check of readiness. */
export function words(code: string, facts: Partial<Facts>, asked: Asked = {}): readonly string[] {
  return said(code, runChecks(specOf(asked), someFacts(facts), asked.lockfile ?? null));
}

/** The words of a check of drift. */
export function driftWords(code: string, facts: Partial<Facts>, asked: Asked = {}): readonly string[] {
  return said(code, runDriftChecks(specOf(asked), someFacts(facts), asked.lockfile ?? null));
}

function said(code: string, findings: readonly Finding[]): readonly string[] {
  return findings.filter(found => found.code === code).map(({ message }) => message);
}

function shown(code: string, findings: readonly Finding[]): readonly string[] {
  const general = catalogue.find(each => each.code === code)?.remedy;
  return findings
    .filter(found => found.code === code)
    .map(({ severity, server, database, object, current, required, remedy }) =>
      [`${severity} ${server}`, database, object, current, required, remedy === general ? 'its' : remedy]
        .map(each => each ?? '-')
        .join(' | '),
    );
}
