import type { ServerFacts } from '../inspect/facts.js';
import {
  isSynchronousName,
  parseSynchronousStandbys,
  type SynchronousStandbys,
} from '../postgres/synchronous-standbys.js';
import { laneName, reverseLaneName } from '../replication/names.js';
import type { Check, CheckInput, Seen } from './check.js';
import { isOurs } from './check.js';
import { settingRemedy } from './setting-change.js';

type Side = 'source' | 'target';

/** A commit of the application waits for standbys; one that is away holds it without end. */
export const synchronousStandbys: Check = {
  code: 'PGM220',
  slug: 'synchronous-standbys',
  title: 'Synchronous standbys',
  scope: 'any',
  momentary: true,
  why:
    'With synchronous_standby_names a commit returns only when that many standbys have it: where they are ' +
    "away, every write of the application hangs, and holds its locks. A subscription's connection counts as a " +
    'standby when its name is matched, as by `*`: commits then wait for the other server of the migration, and ' +
    "hang when pgm ends its replication. pgm's own commits wait for no standby.",
  decided:
    'synchronous_standby_names of both servers against those in pg_stat_replication that stream and that it ' +
    "names, without this migration's subscriptions. An error on the side that is to take the writes, or " +
    'where the end of replication would leave too few; else a warning. Nothing is said where ' +
    'pg_stat_replication is hidden (pg_monitor shows it), or where synchronous_commit is off or local.',
  remedy:
    'Bring the standby back, or name those that are there: alter system set ' +
    'synchronous_standby_names = …; select pg_reload_conf();',
  run: input => [...ofSide(input, 'source', input.source), ...ofSide(input, 'target', input.target)],
};

function ofSide(input: CheckInput, side: Side, server: ServerFacts | null): readonly Seen[] {
  const value = server?.settings.get('synchronous_standby_names')?.value ?? '';
  const wanted = parseSynchronousStandbys(value);
  if (server === null || wanted === null || server.standbys === null || !commitsWait(input, server)) return [];
  const there = server.standbys.filter(({ streams, waitedFor }) => streams && waitedFor);
  const ours = there.filter(({ name }) => isOurs(name, input.spec.name));
  const others = there.filter(each => !ours.includes(each));
  const seen = { server: side, object: 'synchronous_standby_names', current: value } as const;
  const required = `${wanted.count} without pgm's`;
  if (others.length < wanted.count) {
    const enough = others.length + ours.length >= wanted.count;
    return [
      {
        ...seen,
        required,
        severity: gravity(input, side, enough),
        message: enough
          ? `commits on the ${side} wait for ${asked(wanted)}, and only pgm's replication makes ` +
            `up ${wanted.count - others.length} of them: they hang as soon as it ends or stops`
          : `commits on the ${side} wait for ${asked(wanted)}, ` +
            `and ${others.length === 0 ? 'none' : `only ${others.length}`} of ` +
            `them ${others.length === 1 ? 'is' : 'are'} there: every write of an application hangs`,
        remedy:
          `${settingRemedy({ server: side, facts: server, name: seen.object, value: without(wanted, others), providers: undefined }, false)}\n-- ` +
          'or ' +
          `bring ${wanted.names.includes('*') ? 'a standby' : wanted.names.filter(name => !others.some(each => each.name === name)).join(', ')} ` +
          'back first: then nothing changes',
      },
    ];
  }
  return takesOurs(input, side, wanted)
    ? [
        {
          ...seen,
          required,
          severity: 'warning',
          message:
            `${value} on the ${side} takes pgm's subscriptions for standbys: commits wait for ` +
            `the ${side === 'source' ? 'target' : 'source'} too, or for it alone`,
          remedy: settingRemedy(
            { server: side, facts: server, name: seen.object, value: without(wanted, others), providers: undefined },
            false,
          ),
        },
      ]
    : [];
}

/**
 * Does any database in scope wait, by its own setting or the server's? Of the role that pgm connects as it says
 * nothing.
 */
function commitsWait({ facts }: CheckInput, server: ServerFacts): boolean {
  const own = server.roles.find(({ name }) => name === server.user.name)?.settings ?? [];
  const isOwn = own.some(setting => setting.startsWith('synchronous_commit='));
  const ofServer = isOwn ? 'on' : (server.settings.get('synchronous_commit')?.value ?? 'on');
  const values = facts.databases.map(({ name }) => {
    const settings = server.databases.find(each => each.name === name)?.roleSettings ?? [];
    const ofDatabase = settings.find(({ role, setting }) => role === null && setting.startsWith('synchronous_commit='));
    return ofDatabase?.setting.slice('synchronous_commit='.length) ?? ofServer;
  });
  return values.length === 0 || values.some(value => !['off', 'local', 'false', 'no', '0'].includes(value));
}

/** Nothing is gained by blocking a side that has the writes and keeps them; one that takes them over would go dark. */
function gravity({ spec, lockfile }: CheckInput, side: Side, withOurs: boolean): 'error' | 'warning' {
  if (spec.method === 'dump') return 'warning';
  const handedOver = lockfile?.reached === 'cutover' || lockfile?.reached === 'ready';
  const takesOver = handedOver
    ? side === 'source' && spec.goal === 'synced'
    : side === 'target' && (spec.goal === 'cutover' || spec.goal === 'ready');
  const losesOurs = handedOver && side === 'target' && spec.goal === 'ready' && withOurs;
  return takesOver || losesOurs ? 'error' : 'warning';
}

/** Would subscriptions that pgm makes be waited for? Their name is the lane's. */
function takesOurs(
  { spec, facts, continuous, failback }: CheckInput,
  side: Side,
  wanted: SynchronousStandbys,
): boolean {
  if (side === 'source' ? !continuous : !failback) return false;
  return facts.databases.some(({ oid }) =>
    isSynchronousName(wanted, side === 'source' ? laneName(spec.name, oid, 1) : reverseLaneName(spec.name, oid)),
  );
}

function asked({ method, count, names }: SynchronousStandbys): string {
  const list = names.map(name => (name === '*' ? 'whoever is connected' : name)).join(', ');
  return `${count} standby${count === 1 ? '' : 's'} (${method === 'any' && names.length > 1 ? 'any of ' : ''}${list})`;
}

/** The same wish of those that are there by name; of nobody where there are too few. */
function without({ method, count }: SynchronousStandbys, others: readonly { readonly name: string }[]): string {
  if (others.length < count) return '';
  const names = [...new Set(others.map(({ name }) => `"${name.replaceAll('"', '""')}"`))];
  return `${method.toUpperCase()} ${count} (${names.join(', ')})`;
}
