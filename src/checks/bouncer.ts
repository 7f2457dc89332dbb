import type { BouncerFacts } from '../inspect/facts.js';
import type { Check, CheckInput, Seen } from './check.js';
import { switchAhead } from './switch-ahead.js';

export const bouncer: Check = {
  code: 'PGM781',
  slug: 'pgbouncer',
  title: 'PgBouncer settings for the switch',
  scope: 'any',
  momentary: true,
  why:
    'Clients wait at PgBouncer instead of failing, if pgm can pause and resume it: with another user, another name of ' +
    'the database or a pool mode that holds on to its server, the switch fails in the write stop or its clients do.',
  decided:
    'The admin console of cutover.pgbouncer is asked for its version, configuration and databases; nothing is paused. ' +
    'An error where it does not answer or takes no commands and the plan holds a switch; a warning where a database ' +
    'is not listed, is paused, has pool mode session (PAUSE waits until its clients leave) or ends waiting clients ' +
    'before cutover.timeout is over, and where no hook of cutover.hooks.switch points it at the other server.',
  remedy: 'Fix what the message says in pgbouncer.ini, then RELOAD on its console.',
  run: input => {
    const seen = input.facts.bouncer ?? null;
    if (seen === null || input.spec.pgbouncer === null) return [];
    const severity = switchAhead(input) ? 'error' : 'warning';
    const found = (each: Omit<Seen, 'server' | 'object'>): Seen => ({
      ...each,
      server: 'local',
      object: seen.address,
    });
    if (seen.kind === 'silent')
      return [
        found({
          severity,
          message: `the admin console of PgBouncer at ${seen.address} does not answer: ${seen.message}`,
          current: seen.message,
          required: 'an answer',
          remedy: 'start PgBouncer, or give cutover.pgbouncer.admin the address and a user of admin_users',
        }),
      ];
    const problems = [...mayPause(seen, severity, input), ...databaseProblems(seen, input), ...waits(seen, input)];
    const all = problems.length > 0 ? problems : [{ severity: 'ok' as const, message: answers(seen) }];
    return all.map(found);
  },
};

type Told = Omit<Seen, 'server' | 'object'>;
type Answering = Extract<BouncerFacts, { kind: 'bouncer' }>;

const answers = ({ version, databases }: Answering): string =>
  `${version || 'PgBouncer'} answers, with ${databases.map(({ name, poolMode }) => `${name} (${poolMode})`).join(', ')}`;

function mayPause(
  { mayPause: may, address }: Answering,
  severity: Seen['severity'],
  { spec }: CheckInput,
): readonly Told[] {
  const user = spec.pgbouncer?.admin.user ?? '';
  return may
    ? []
    : [
        {
          severity,
          message: `"${user}" may read the console of PgBouncer at ${address} and not pause it`,
          current: 'not in admin_users',
          required: 'in admin_users',
          remedy: `add ${user} to admin_users in pgbouncer.ini, then RELOAD on its console`,
        },
      ];
}

function databaseProblems(seen: Answering, { spec, facts }: CheckInput): readonly Told[] {
  const named = spec.pgbouncer?.databases ?? [];
  const wanted = named.length > 0 ? named : facts.databases.map(({ name }) => name);
  return wanted.flatMap((name): Told[] => {
    const database = seen.databases.find(each => each.name === name);
    if (database === undefined)
      return [
        {
          severity: 'warning',
          message: `PgBouncer lists no database "${name}": PAUSE of it fails where "*" does not stand for it`,
          current: seen.databases.map(each => each.name).join(', '),
          required: name,
          remedy: 'name in cutover.pgbouncer.databases what [databases] of pgbouncer.ini names',
        },
      ];
    return [
      ...(database.paused
        ? [
            {
              severity: 'warning' as const,
              message: `"${name}" is paused at PgBouncer already: its clients wait`,
              current: 'paused',
              required: 'not paused',
              remedy: `RESUME "${name}" on the console of PgBouncer, unless somebody works on it`,
            },
          ]
        : []),
      ...(database.poolMode === 'session'
        ? [
            {
              severity: 'warning' as const,
              message:
                `"${name}" has pool mode session: PAUSE waits until its clients leave, and a pool's never do; ` +
                'the switch then gives up (PGM620), and writes go on',
              current: 'session',
              required: 'transaction, or clients that leave',
              remedy:
                'set pool_mode = transaction where the application can do with it; else let a hook of ' +
                'cutover.hooks.before end its sessions, or leave cutover.pgbouncer out and send the clients by a hook',
            },
          ]
        : []),
    ];
  });
}

function waits({ queryWaitSeconds }: Answering, { spec }: CheckInput): readonly Told[] {
  const limit = spec.cutover.timeout / 1000;
  const problems: Told[] = [];
  if (queryWaitSeconds > 0 && queryWaitSeconds <= limit)
    problems.push({
      severity: 'warning',
      message: `PgBouncer ends clients that wait for ${queryWaitSeconds} s; the write stop may take ${limit} s`,
      current: `query_wait_timeout = ${queryWaitSeconds}`,
      required: `more than ${limit}`,
      remedy: `set query_wait_timeout = ${Math.ceil(limit) * 2} in pgbouncer.ini, then RELOAD on its console`,
    });
  if (spec.cutover.hooks.switch.length === 0)
    problems.push({
      severity: 'warning',
      message: 'no hook points PgBouncer at the other server: its clients go on to the one that is shut',
      current: 'cutover.hooks.switch is empty',
      required: 'a hook that rewrites [databases]',
      remedy: 'write cutover.hooks.switch, as docs/how-to/pgbouncer.md shows, unless a name that moves stands there',
    });
  return problems;
}
