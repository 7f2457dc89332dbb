import { plural } from '../quantities.js';
import { describeFailure, waysOut, type ApplyFailure } from './apply-failure.js';

/** What was seen of one lane that does not advance. Nothing in it is inferred. */
export interface LaneSeen {
  readonly lane: string;
  /** null: it is gone. */
  readonly subscription: { readonly enabled: boolean; readonly running: boolean; readonly owner: string } | null;
  /** Apply errors counted since the first look; always 0 before PostgreSQL 15, which counts none. */
  readonly newErrors: number;
  /** The worker's last words, from the subscriber's log where it may be read. */
  readonly said: string | null;
  readonly lock: LockWait | null;
  /** Why the server cannot start a worker for this subscription, whatever it has to apply. */
  readonly cannotStart: NoStart | null;
  /**
   * The words with which a connection failed that the subscriber made as its worker does; null: it came about, or could
   * not be tried.
   */
  readonly dial: string | null;
  /** The next transaction, and what became of a try with it. */
  readonly pending: ApplyFailure | null;
}

export interface LockWait {
  /** Relation; null for a lock on a transaction, as for a row. */
  readonly relation: string | null;
  readonly holders: readonly {
    readonly pid: number;
    readonly user: string | null;
    readonly application: string | null;
    readonly state: string | null;
  }[];
}

export type NoStart =
  | { readonly kind: 'workers'; readonly setting: string; readonly limit: number; readonly used: number }
  | { readonly kind: 'origins'; readonly setting: string; readonly limit: number }
  | { readonly kind: 'login'; readonly owner: string }
  | { readonly kind: 'database'; readonly database: string };

export type Standstill =
  | { readonly kind: 'gone' }
  | { readonly kind: 'disabled'; readonly said: string | null }
  | { readonly kind: 'refused'; readonly failure: ApplyFailure }
  /** Errors are counted again and again; what they are stands in the log alone. */
  | {
      readonly kind: 'failing';
      readonly errors: number;
      readonly said: string | null;
      readonly pending: ApplyFailure | null;
    }
  | { readonly kind: 'cannot-start'; readonly reason: NoStart }
  | { readonly kind: 'cannot-connect'; readonly message: string; readonly answered: boolean }
  | { readonly kind: 'locked'; readonly lock: LockWait }
  /** No worker, and no reason was seen. */
  | { readonly kind: 'no-worker'; readonly said: string | null; readonly pending: ApplyFailure | null }
  | { readonly kind: 'slow' };

/** So many errors of one lane are no lost connection, which is counted too when it ends a worker in its work. */
const repeatedly = 2;

/** The most certain comes first: what the server does not do at all, then what it said, then what was tried. */
export function whyStanding(seen: LaneSeen): Standstill {
  const { subscription, said, pending } = seen;
  if (subscription === null) return { kind: 'gone' };
  if (!subscription.enabled) return { kind: 'disabled', said };
  if (!subscription.running && seen.cannotStart !== null) return { kind: 'cannot-start', reason: seen.cannotStart };
  if (!subscription.running && seen.dial !== null)
    return { kind: 'cannot-connect', message: seen.dial, answered: wasAnswered(seen.dial) };
  if (pending !== null && typeof pending.trial !== 'string') return { kind: 'refused', failure: pending };
  if (seen.newErrors >= repeatedly) return { kind: 'failing', errors: seen.newErrors, said, pending };
  if (seen.lock !== null) return { kind: 'locked', lock: seen.lock };
  return subscription.running ? { kind: 'slow' } : { kind: 'no-worker', said, pending };
}

const forTheMoment =
  /starting up|shutting down|in recovery|not yet accepting|too many (clients|connections)|remaining connection slots|requested standby connections/;

/** The server itself said no, so that the same again brings the same; a link that is down may come up. */
function wasAnswered(message: string): boolean {
  return (
    /FATAL: |fe_sendauth|does not support SSL|server certificate|certificate verify failed|password/.test(message) &&
    !forTheMoment.test(message)
  );
}

/** One sentence, as the second half of "replication of X does not advance: ". */
export function describeStandstill(lane: string, standstill: Standstill): string {
  const name = `subscription "${lane}"`;
  switch (standstill.kind) {
    case 'gone':
      return `${name} is gone`;
    case 'disabled':
      return `${name} is disabled${quoted(standstill.said)}`;
    case 'refused':
      return describeFailure(standstill.failure);
    case 'failing': {
      const { errors, said, pending } = standstill;
      return (
        `the apply worker of ${name} ended with an error ${errors} times in ` +
        `this wait${quoted(said)}${next(pending)}`
      );
    }
    case 'cannot-start':
      return `no apply worker can start for ${name}: ${describeNoStart(standstill.reason)}`;
    case 'cannot-connect':
      return `the subscriber’s worker cannot connect to the publisher: ${standstill.message}`;
    case 'locked':
      return (
        `the apply worker of ${name} waits for a ` +
        `lock${standstill.lock.relation === null ? ' on a row' : ` on ${standstill.lock.relation}`} ` +
        `that ${holders(standstill.lock)} has`
      );
    case 'no-worker':
      return `${name} has no apply worker${quoted(standstill.said)}${next(standstill.pending)}`;
    case 'slow':
      return `${name} is running, and slow`;
  }
}

/** What a user can do, each a line; the mildest first. Empty: wait. */
export function remedies(standstill: Standstill): readonly string[] {
  switch (standstill.kind) {
    case 'gone':
    case 'disabled':
      return ['run `pgm apply` again: it restores the subscription'];
    case 'refused':
      return waysOut(standstill.failure);
    case 'failing':
      return standstill.pending === null
        ? [
            'the subscriber’s log names the cause: fix it there; the worker tries ' +
              'again by itself, and `pgm apply` goes on from here',
          ]
        : waysOut(standstill.pending, { fails: true });
    case 'cannot-start':
      return [
        `${mendStart(standstill.reason)}; the worker then starts by itself, and \`pgm apply\` goes ` +
          'on from here. No row is lost meanwhile: the slot keeps the changes',
      ];
    case 'cannot-connect':
      return [
        'fix what the message names: the password or the host in the spec (`pgm apply` then ' +
          'tells it to the subscription), or pg_hba.conf, TLS or the firewall of the publisher; for an ' +
          'address that only the other server uses, set source.advertise',
        'no row is lost meanwhile: the slot keeps the changes, and nothing has to be skipped or copied again',
      ];
    case 'locked':
      return [
        'let that session end its transaction; or end it on the ' +
          `subscriber: ${standstill.lock.holders.map(({ pid }) => `select pg_terminate_backend(${pid});`).join(' ')}`,
      ];
    case 'no-worker':
      return [
        'the subscriber’s log says why no worker stays: fix that; the worker ' +
          'starts by itself, and `pgm apply` goes on from here',
      ];
    case 'slow':
      return [];
  }
}

function describeNoStart(reason: NoStart): string {
  switch (reason.kind) {
    case 'workers':
      return `all of ${reason.setting} are in use (${reason.used} of ${reason.limit})`;
    case 'origins':
      return `all replication origins are in use (${reason.setting} = ${reason.limit})`;
    case 'login':
      return `its owner "${reason.owner}" may not log in`;
    case 'database':
      return `database "${reason.database}" takes no connections (allow_connections is false)`;
  }
}

function mendStart(reason: NoStart): string {
  switch (reason.kind) {
    case 'workers':
    case 'origins':
      return (
        `raise ${reason.setting} on the subscriber and restart it, or disable ` +
        'a subscription there that is not needed now'
      );
    case 'login':
      return `on the subscriber: alter role "${reason.owner.replaceAll('"', '""')}" login`;
    case 'database':
      return `on the subscriber: alter database "${reason.database.replaceAll('"', '""')}" allow_connections true`;
  }
}

function holders({ holders: all }: LockWait): string {
  if (all.length === 0) return 'another session';
  const shown = all
    .slice(0, 3)
    .map(
      ({ pid, user, application, state }) =>
        `process ${pid}${[user, application, state].filter(Boolean).length === 0 ? '' : ` (${[user, application, state].filter(Boolean).join(', ')})`}`,
    );
  return `${shown.join(', ')}${all.length > 3 ? ` and ${plural(all.length - 3, 'more session')}` : ''}`;
}

function next(pending: ApplyFailure | null): string {
  if (pending === null) return '';
  const yet = pending.trial === 'applies' ? ' in a session of pgm’s' : '';
  return `; next comes ${describeFailure(pending)}${yet}`;
}

function quoted(said: string | null): string {
  return said === null ? '' : `: ${said}`;
}
