import type { Facts } from '../inspect/facts.js';
import { plural } from '../quantities.js';
import type { Finding } from './finding.js';
import { knownClients, peakSessions, handoverOf } from './handover.js';
import { inputOf } from './run-checks.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';

/** What the application would notice of the next handover of the writes, in a dozen lines. */
export interface Application {
  /** The side in use. */
  readonly side: 'source' | 'target';
  /** ISO 8601: since when its clients are observed; null: only now. */
  readonly since: string | null;
  /** Sessions at once, at most, in all databases. */
  readonly sessions: number;
  /** Of the databases in scope. */
  readonly roles: number;
  readonly addresses: number;
  readonly lines: readonly ApplicationLine[];
}

export interface ApplicationLine {
  /** `Clients`, `Limits` … */
  readonly subject: string;
  /** False: there is something to do before the switch. */
  readonly fine: boolean;
  readonly text: string;
}

interface Subject {
  readonly subject: string;
  readonly codes: readonly string[];
  /** Where nothing was found; left out: then there is no line. */
  readonly otherwise?: string;
}

const subjects: readonly Subject[] = [
  { subject: 'Results', codes: ['PGM701'], otherwise: 'settings that change results are the same' },
  { subject: 'Limits', codes: ['PGM703'], otherwise: 'no limit is tighter than now' },
  { subject: 'Room', codes: ['PGM705'], otherwise: 'sessions, locks and prepared transactions fit' },
  { subject: 'Planner', codes: ['PGM704'] },
  { subject: 'Sessions', codes: ['PGM706'] },
  { subject: 'Jobs', codes: ['PGM707'] },
  { subject: 'Followers', codes: ['PGM216'] },
  { subject: 'Around it', codes: ['PGM708'] },
  { subject: 'Types', codes: ['PGM709'] },
  { subject: 'Hooks', codes: ['PGM780', 'PGM781'] },
];

/** null: nothing is handed over any more, or a server is away. */
export function applicationPart(
  spec: Spec,
  facts: Facts,
  lockfile: Lockfile | null,
  findings: readonly Finding[],
): Application | null {
  const input = inputOf(spec, facts, lockfile);
  const handover = handoverOf(input);
  if (handover === null) return null;
  const clients = knownClients(input, handover);
  const roles = new Set(clients.map(({ role }) => role));
  const addresses = new Set(clients.flatMap(({ address }) => address ?? []));
  const known = lockfile?.clients;
  const since = known?.side === handover.from ? known.since : null;
  const seen = `${plural(roles.size, 'role')} from ${plural(addresses.size, 'address', 'addresses')}`;
  return {
    side: handover.from,
    since,
    sessions: peakSessions(input, handover),
    roles: roles.size,
    addresses: addresses.size,
    lines: [
      who(findings, seen, clients.length),
      ...subjects.flatMap(({ subject, codes, otherwise }): ApplicationLine[] => {
        const found = serious(findings, codes);
        if (found.length > 0) return [{ subject, fine: isFine(found), text: inShort(found) }];
        return otherwise === undefined ? [] : [{ subject, fine: true, text: otherwise }];
      }),
    ],
  };
}

function who(findings: readonly Finding[], seen: string, clients: number): ApplicationLine {
  const subject = 'Clients';
  if (clients === 0) return { subject, fine: true, text: 'no client was seen in these databases' };
  const found = serious(findings, ['PGM702']);
  const turned = [...new Set(found.flatMap(({ severity, object }) => (severity === 'warning' ? (object ?? []) : [])))];
  if (turned.length > 0) {
    const names = turned.slice(0, 5).join(', ');
    const more = turned.length > 5 ? ` and ${turned.length - 5} more` : '';
    return { subject, fine: false, text: `${seen}; would be turned away: ${names}${more} (PGM702)` };
  }
  return { subject, fine: true, text: found.length === 0 ? `${seen}, all let in` : `${seen}; ${inShort(found)}` };
}

function serious(findings: readonly Finding[], codes: readonly string[]): readonly Finding[] {
  return findings.filter(({ code, severity }) => codes.includes(code) && severity !== 'ok');
}

function isFine(found: readonly Finding[]): boolean {
  return found.every(({ severity }) => severity === 'info');
}

/** The first of them, gravest first; the findings have them all. */
function inShort(found: readonly Finding[]): string {
  const [first] = [...found].sort((a, b) => Number(isFine([a])) - Number(isFine([b])));
  if (first === undefined) return '';
  const text = first.message.length > 110 ? `${first.message.slice(0, 107).trimEnd()}...` : first.message;
  return `${text} (${first.code}${found.length > 1 ? `, and ${found.length - 1} more` : ''})`;
}
