import type { Finding, ServerSide, Severity } from '../checks/finding.js';

export interface FindingGroup {
  readonly server: ServerSide;
  /** null: about the whole server. */
  readonly database: string | null;
  /** Findings of one code each, the gravest first. */
  readonly codes: readonly (readonly Finding[])[];
}

const serverOrder: readonly ServerSide[] = ['local', 'source', 'target'];
const severityOrder: readonly Severity[] = ['error', 'warning', 'info', 'ok'];

export const serverTitle: Readonly<Record<ServerSide, string>> = {
  local: 'This machine',
  source: 'Source',
  target: 'Target',
};

/** Findings by server, then database, then code; each order is fixed, so that equal plans read equal. */
export function groupFindings(findings: readonly Finding[], options: { readonly verbose: boolean }): FindingGroup[] {
  const shown = findings.filter(finding => options.verbose || finding.severity !== 'ok');
  return serverOrder.flatMap(server => {
    const ofServer = shown.filter(finding => finding.server === server);
    const databases = [...new Set(ofServer.map(finding => finding.database ?? null))].sort(serverFirst);
    return databases.map(database => ({
      server,
      database,
      codes: byCode(ofServer.filter(finding => (finding.database ?? null) === database)),
    }));
  });
}

/** How many findings of each severity there are, without the ones that are in order. */
export function countBySeverity(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const counts = { error: 0, warning: 0, info: 0, ok: 0 };
  for (const finding of findings) counts[finding.severity]++;
  return counts;
}

function byCode(findings: readonly Finding[]): (readonly Finding[])[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${String(severityOrder.indexOf(finding.severity))} ${finding.code}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function serverFirst(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
