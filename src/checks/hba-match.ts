import type { HbaRule } from '../inspect/facts.js';
import { coverage, maskedRange, parseRange } from './ip-range.js';

/** A connection that pg_hba.conf is asked about. */
export interface HbaQuestion {
  /** CIDR range, one address or a host name. */
  readonly address: string;
  readonly database: string;
  readonly user: string;
  /** Roles that the user is a member of, for `+role` and `samerole`. */
  readonly memberOf: readonly string[];
  readonly tls: boolean;
}

export type HbaVerdict =
  | { readonly kind: 'accepted'; readonly rule: HbaRule }
  | { readonly kind: 'rejected'; readonly rule: HbaRule }
  | { readonly kind: 'no-rule' };

/**
 * What pg_hba.conf says, as PostgreSQL reads it: in order, the first rule that fits decides. A range is accepted only
 * when one rule covers all of it before another rejects a part.
 */
export function matchHba(rules: readonly HbaRule[], question: HbaQuestion): HbaVerdict {
  for (const rule of rules) {
    if (rule.error !== null || !fitsTransport(rule.type, question.tls)) continue;
    if (!rule.database.some(name => fitsDatabase(name, question)) || !rule.user.some(name => fitsUser(name, question)))
      continue;
    const fit = fitsAddress(rule, question.address);
    if (fit === 'none' || (fit === 'part' && rule.method !== 'reject')) continue;
    return { kind: rule.method === 'reject' ? 'rejected' : 'accepted', rule };
  }
  return { kind: 'no-rule' };
}

/** `local` rules are for sockets: the target never comes by one. Without GSS encryption hostgssenc never fits. */
function fitsTransport(type: string, tls: boolean): boolean {
  return type === 'host' || (type === 'hostssl' && tls) || (type === 'hostnossl' && !tls) || type === 'hostnogssenc';
}

/** `replication` is for physical replication; a logical walsender names its database. */
export function fitsDatabase(
  name: string,
  { database, user, memberOf }: Pick<HbaQuestion, 'database' | 'user' | 'memberOf'>,
): boolean {
  if (name === 'all') return true;
  if (name === 'sameuser') return database === user;
  if (name === 'samerole' || name === 'samegroup') return database === user || memberOf.includes(database);
  if (name === 'replication') return false;
  return name === database || fitsPattern(name, database);
}

export function fitsUser(name: string, { user, memberOf }: Pick<HbaQuestion, 'user' | 'memberOf'>): boolean {
  if (name.startsWith('+')) return user === name.slice(1) || memberOf.includes(name.slice(1));
  return name === 'all' || name === user || fitsPattern(name, user);
}

/** From 16 on a name that begins with a slash is a regular expression. */
function fitsPattern(pattern: string, name: string): boolean {
  if (!pattern.startsWith('/')) return false;
  try {
    return new RegExp(pattern.slice(1), 'u').test(name);
  } catch {
    return false;
  }
}

/** How much of the asked range the rule's address takes in. */
function fitsAddress(rule: HbaRule, asked: string): 'all' | 'part' | 'none' {
  const { address } = rule;
  if (address === null) return 'none';
  if (address === 'all') return 'all';
  const range = parseRange(asked);
  if (range === undefined) return sameHost(address, asked) ? 'all' : 'none';
  if (address === 'samehost' || address === 'samenet') return isLoopback(asked) ? 'all' : 'none';
  const ruleRange = maskedRange(address, rule.netmask);
  return ruleRange === undefined ? 'none' : coverage(ruleRange, range);
}

/** Host names compare without case; one that begins with a dot stands for a domain. */
function sameHost(rule: string, asked: string): boolean {
  const [wanted, given] = [rule.toLowerCase(), asked.toLowerCase()];
  return wanted === given || (wanted.startsWith('.') && given.endsWith(wanted));
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
