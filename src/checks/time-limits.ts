import { limitNames } from '../inspect/application-setting-names.js';
import { withUnit } from '../inspect/base-unit.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';
import { sessionSetting, type SessionSetting } from './given-settings.js';
import { handoverOf } from './handover.js';

/** What each of them does to who passes it. */
const cuts: Readonly<Record<(typeof limitNames)[number], string>> = {
  statement_timeout: 'a statement that takes longer is cancelled',
  lock_timeout: 'a statement that waits longer for a lock is cancelled',
  transaction_timeout: 'a transaction that takes longer is ended with its session',
  idle_in_transaction_session_timeout: 'a session that idles longer in a transaction is ended',
  idle_session_timeout: 'a session that idles longer is ended, and with it the connections of a pool',
  temp_file_limit: 'a statement that needs more temporary files is cancelled',
};

export const timeLimits: Check = {
  code: 'PGM703',
  slug: 'time-limits',
  title: 'Time and size limits on the server that takes over',
  scope: 'any',
  why:
    'A timeout or limit that is tighter on the server that takes over cancels the nightly report, the migration ' +
    "of the application's framework or the idle connections of a pool, at the first run after the switch.",
  decided:
    'statement_timeout, lock_timeout, transaction_timeout, idle_in_transaction_session_timeout, ' +
    'idle_session_timeout and temp_file_limit of each database in scope: its own, else that of all roles, else ' +
    "the server's, where that is known with these rights. A database that is still to be made is compared with what " +
    'the server gives it. Limits that a role has for itself come with the role.',
  remedy: 'alter database D set NAME to VALUE; on the target.',
  run: input => {
    const handover = handoverOf(input);
    if (handover === null) return [];
    const { leader, follower, to, from } = handover;
    return input.facts.databases.flatMap(({ name: database }) =>
      limitNames.flatMap((name): Seen[] => {
        const [was, is] = [sessionSetting(leader, database, name), sessionSetting(follower, database, name)];
        if (is === null || (was === null && leader.settings.has(name)) || !isTighter(name, was, is)) return [];
        const [here, there] = [shown(name, was), shown(name, is)];
        return [
          {
            severity: 'warning',
            server: to,
            database,
            object: name,
            message: `${name} is ${there}, on the ${from} ${here}: ${cuts[name]}`,
            current: there,
            required: here,
            remedy:
              `alter database ${quoteIdentifier(database)} set ${name} to ` +
              `${quoteLiteral(valueOf(name, was)).trim()};   -- on the ${to}`,
          },
        ];
      }),
    );
  },
};

/** A version that lacks the setting has no such limit. */
function isTighter(name: string, was: SessionSetting | null, is: SessionSetting): boolean {
  const [before, after] = [limitOf(name, was), limitOf(name, is)];
  return after < before;
}

function limitOf(name: string, setting: SessionSetting | null): number {
  const number = Number(setting?.value ?? NaN);
  const unlimited = name === 'temp_file_limit' ? number < 0 : number === 0;
  return Number.isNaN(number) || unlimited ? Infinity : number;
}

function shown(name: string, setting: SessionSetting | null): string {
  return setting === null || limitOf(name, setting) === Infinity ? 'unlimited' : withUnit(setting.value, setting.unit);
}

function valueOf(name: string, setting: SessionSetting | null): string {
  if (setting === null || limitOf(name, setting) === Infinity) return name === 'temp_file_limit' ? '-1' : '0';
  return withUnit(setting.value, setting.unit).replaceAll(' ', '');
}
