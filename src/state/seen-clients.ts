import { isDeepStrictEqual } from 'node:util';
import type { ClientFacts } from '../inspect/facts.js';
import type { Lockfile, SeenClient, SeenClients } from './lockfile.js';

/** Enough for the roles and addresses of a large application; the lockfile lives in git. */
const most = 200;

/** Who was at work on the side in use at one moment. */
export interface ClientSample {
  readonly side: 'source' | 'target';
  /** ISO 8601. */
  readonly at: string;
  readonly clients: Pick<ClientFacts, 'groups' | 'total'>;
}

/**
 * What is known of the clients with one more sample. A new side begins anew: who used the source before the cutover
 * says nothing of who uses the target after it.
 */
export function withSample(before: SeenClients | undefined, { side, at, clients }: ClientSample): SeenClients {
  const known = before?.side === side ? before : undefined;
  const day = at.slice(0, 10);
  const seen = new Map((known?.seen ?? []).map(each => [keyOf(each), each]));
  for (const group of clients.groups) {
    const earlier = seen.get(keyOf(group));
    const { role, database, address, transport, certificate } = group;
    seen.set(keyOf(group), {
      role,
      database,
      address,
      transport,
      certificate: certificate || earlier?.certificate === true,
      applications: [...new Set([...(earlier?.applications ?? []), ...group.applications])].slice(0, 3),
      peak: Math.max(group.sessions, earlier?.peak ?? 0),
      last_seen: day,
    });
  }
  return {
    side,
    since: known?.since ?? at,
    until: at,
    peak: Math.max(clients.total, known?.peak ?? 0),
    seen: [...seen.values()].toSorted(latestFirst).slice(0, most).toSorted(byName),
  };
}

/**
 * True when a sample says what was not known: a client that is new or came on another day, or more sessions at once.
 * Nothing is written down for less, so that a status that is asked for every minute leaves the lockfile alone.
 */
export function saysMore(before: SeenClients | undefined, sample: ClientSample): boolean {
  const after = withSample(before, sample);
  return (
    before === undefined ||
    before.side !== after.side ||
    before.peak !== after.peak ||
    !isDeepStrictEqual(before.seen, after.seen)
  );
}

/** The lockfile with one more sample. */
export function recordClients(lockfile: Lockfile, sample: ClientSample): Lockfile {
  if (!saysMore(lockfile.clients, sample) || (lockfile.clients === undefined && sample.clients.groups.length === 0))
    return lockfile;
  return Object.freeze({ ...lockfile, clients: withSample(lockfile.clients, sample) });
}

function keyOf({
  role,
  database,
  address,
  transport,
}: Omit<SeenClient, 'peak' | 'last_seen' | 'applications'>): string {
  return JSON.stringify([role, database, address, transport]);
}

function latestFirst(a: SeenClient, b: SeenClient): number {
  return b.last_seen.localeCompare(a.last_seen) || b.peak - a.peak;
}

function byName(a: SeenClient, b: SeenClient): number {
  const [one, other] = [keyOf(a), keyOf(b)];
  return one < other ? -1 : 1;
}
