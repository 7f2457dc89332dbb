import { plural } from '../quantities.js';
import type { Check, Seen } from './check.js';
import { handoverOf } from './handover.js';

export const sessionState: Check = {
  code: 'PGM706',
  slug: 'session-state',
  title: 'LISTEN and advisory locks of sessions',
  scope: 'any',
  momentary: true,
  why:
    'Notifications and advisory locks are of one server and are not replicated. A worker that listens must ' +
    'connect again and LISTEN again, and read its table once for what was notified meanwhile; a lock that makes ' +
    'a job run once is free on the target while its holder on the source believes to have it.',
  decided:
    'Sessions in the databases in scope whose last statement was LISTEN (a session that listens and did ' +
    'something else since looks like any other, to everybody), and advisory locks of sessions that are in no ' +
    "transaction. Both only where this role sees others' sessions (pg_read_all_stats).",
  remedy:
    'Have workers connect, LISTEN and take their locks again after the switch; a hook before the stop can end them.',
  run: input => {
    const handover = handoverOf(input);
    if (handover === null) return [];
    const { from, leader } = handover;
    const names = new Set(input.facts.databases.map(({ name }) => name));
    const { listening, advisoryLocks } = leader.clients;
    return [
      ...listening
        .filter(({ database }) => names.has(database))
        .map(({ role, database, sessions }): Seen => ({
          severity: 'info',
          server: from,
          database,
          object: role,
          message:
            `${plural(sessions, 'session')} of role ${role} ${sessions === 1 ? 'listens' : 'listen'} (LISTEN): it ` +
            'has to listen again after the switch, and what is notified meanwhile does not reach it',
          current: String(sessions),
        })),
      ...advisoryLocks
        .filter(({ database }) => names.has(database))
        .map(({ role, database, locks }): Seen => ({
          severity: 'info',
          server: from,
          database,
          object: role,
          message:
            `role ${role} holds ${plural(locks, 'advisory lock')} for as long as its sessions live: they do not ` +
            'come along, and on the other server nobody holds them',
          current: String(locks),
        })),
    ];
  },
};
