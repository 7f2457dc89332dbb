import type { HbaRule } from '../inspect/facts.js';
import { fitsDatabase, fitsUser, isLoopback } from './hba-match.js';
import { coverage, maskedRange, parseRange } from './ip-range.js';

/** A client as pg_hba.conf is asked about it. */
export interface ClientQuestion {
  /** null: it is not known where it will come from. */
  readonly address: string | null;
  readonly database: string;
  readonly user: string;
  readonly memberOf: readonly string[];
  readonly transport: 'tls' | 'plain' | 'gss';
  /** The server's own, for `samehost` and `samenet`; null: not known. */
  readonly serverAddress: string | null;
}

/** The rules of which one decides, in order. More than one where names of hosts or networks leave it open. */
export interface PossibleRules {
  readonly rules: readonly HbaRule[];
  /** It is possible, or certain where there are no rules, that none of them fits. */
  readonly mayFitNone: boolean;
}

/**
 * As PostgreSQL reads it: the first rule that fits decides. A rule of which only the server's resolver or its network
 * interfaces could tell whether it fits is possible, and so is what comes after it.
 */
export function possibleRules(rules: readonly HbaRule[], question: ClientQuestion): PossibleRules {
  const possible: HbaRule[] = [];
  for (const rule of rules) {
    if (rule.error !== null || !fitsTransport(rule.type, question.transport)) continue;
    if (!rule.database.some(name => fitsDatabase(name, question)) || !rule.user.some(name => fitsUser(name, question)))
      continue;
    const fit = fitsClient(rule, question);
    if (fit === 'no') continue;
    possible.push(rule);
    if (fit === 'yes') return { rules: possible, mayFitNone: false };
  }
  return { rules: possible, mayFitNone: true };
}

/** `local` is for sockets: nobody comes to another server by one. */
function fitsTransport(type: string, transport: ClientQuestion['transport']): boolean {
  switch (type) {
    case 'host':
      return true;
    case 'hostssl':
      return transport === 'tls';
    case 'hostnossl':
      return transport !== 'tls';
    case 'hostgssenc':
      return transport === 'gss';
    case 'hostnogssenc':
      return transport !== 'gss';
    default:
      return false;
  }
}

function fitsClient(rule: HbaRule, { address: client, serverAddress }: ClientQuestion): 'yes' | 'no' | 'maybe' {
  const { address } = rule;
  if (address === null) return 'no';
  if (address === 'all') return 'yes';
  const range = client === null ? undefined : parseRange(client);
  if (client === null || range === undefined) return 'maybe';
  if (address === 'samehost') return isLoopback(client) || client === serverAddress ? 'yes' : 'no';
  if (address === 'samenet') return sameNet(client, serverAddress);
  const ofRule = maskedRange(address, rule.netmask);
  // A name: the server looks up the client's, and that name's addresses.
  if (ofRule === undefined) return 'maybe';
  return coverage(ofRule, range) === 'all' ? 'yes' : 'no';
}

/** The masks of the server's interfaces are not to be asked for. */
function sameNet(client: string, server: string | null): 'yes' | 'no' | 'maybe' {
  if (isLoopback(client) || client === server) return 'yes';
  const [one, other] = [parseRange(client), server === null ? undefined : parseRange(server)];
  if (one === undefined || other === undefined) return 'maybe';
  return one.bits === other.bits ? 'maybe' : 'no';
}
