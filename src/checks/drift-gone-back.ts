import type { DatabaseFacts, PublishedTable } from '../inspect/facts.js';
import { lanesGoneBack, type GoneBack } from '../plan/lane-marks.js';
import { forwardLanes } from '../plan/database-lanes.js';
import { neverFinished } from '../plan/resync.js';
import { relationKey, shownName } from '../postgres/relation-key.js';
import { shellWord } from '../shell-word.js';
import type { Check, CheckInput, Seen } from './check.js';

export const goneBack: Check = {
  code: 'PGM617',
  slug: 'gone-back',
  title: 'Servers restored to an earlier state',
  scope: 'continuous',
  why:
    'A server that was restored from an older backup, or whose standby took over without its ' +
    'last commits, lacks rows that its publisher takes for applied: they are not sent again, ' +
    'and replication goes on as if nothing were missing.',
  decided:
    'The lockfile has where each lane was at the end of the last apply: timeline and WAL position of both ' +
    'servers, and how far the subscription had applied. Gone back for certain: the WAL of a server, or what ' +
    'was applied, ends before that. Not to be known: a timeline has changed, or the subscriber was started ' +
    'again and has applied less than its publisher takes for applied (on an idle lane that is usual). That ' +
    'is also what a restart of a subscriber with an idle lane looks like, and no fact of a server tells it ' +
    'from a restore: so a switch compares every row of such a database first. What cannot be seen at all: a ' +
    'subscriber restored to a point after the last apply, from a copy of its files, that has applied later ' +
    'changes since. Only a compare finds that, so with `verify: off` run pgm verify after a restore.',
  remedy:
    'Where nobody can know: pgm verify compares, and so does every switch before it hands over, whatever ' +
    '`verify` says. Where rows are missing: copy the tables of the lane again, pgm apply --resync.',
  run: input => {
    const { source, target, lockfile, facts, spec } = input;
    if (source === null || target === null || lockfile === null) return [];
    return lanesGoneBack(spec.name, lockfile, facts.databases, source, target)
      .filter(({ direction }) => lockfile.reached === (direction === 'forward' ? 'synced' : 'cutover'))
      .filter(gone => !isCopiedAgain(input, gone))
      .map(gone => seenOf(input, gone));
  },
};

function seenOf(input: CheckInput, gone: GoneBack): Seen {
  const { lane, side, database, isCertain, why } = gone;
  const { spec } = input;
  const switches =
    gone.direction === 'forward' ? spec.goal === 'cutover' || spec.goal === 'ready' : spec.goal === 'synced';
  return {
    severity: isCertain ? 'error' : 'warning',
    server: side,
    database,
    object: lane,
    message: isCertain
      ? `the ${side} has gone back in time: ${why}. Rows of ${database} that came by lane ${lane} are missing there`
      : `the ${side} may lack rows ` +
        `of ${database}: ${why}${switches ? '. Every row is compared before the switch, whatever `verify` says' : ''}`,
    current: 'gone back',
    required: 'where it was',
    remedy: isCertain ? copyAgain(input, gone) : compareFirst(input, gone),
  };
}

function compareFirst(input: CheckInput, gone: GoneBack): string {
  return [
    'pgm verify   # compares every row; a switch does so too before it hands over',
    ...(gone.direction === 'forward' ? [`# if they are not: ${copyAgain(input, gone)}`] : []),
  ].join('\n');
}

/** This very run copies all its tables again: what was applied before is of no account. */
function isCopiedAgain(input: CheckInput, gone: GoneBack): boolean {
  const marked = new Set(
    databaseOf(input, gone)
      ?.target?.progress?.parts.filter(({ parts }) => parts === neverFinished)
      .map(relationKey),
  );
  const tables = tablesOf(input, gone);
  return gone.direction === 'forward' && tables.length > 0 && tables.every(table => marked.has(relationKey(table)));
}

function databaseOf({ facts }: CheckInput, { database }: GoneBack): DatabaseFacts | undefined {
  return facts.databases.find(({ name }) => name === database);
}

function tablesOf(input: CheckInput, gone: GoneBack): readonly PublishedTable[] {
  const { spec, source, target } = input;
  const database = databaseOf(input, gone);
  if (database === undefined || source === null || target === null) return [];
  return forwardLanes(spec.name, database, source, target).find(({ name }) => name === gone.lane)?.tables ?? [];
}

/** All tables of the lane: nobody knows which of them were written to meanwhile. */
function copyAgain(input: CheckInput, gone: GoneBack): string {
  if (gone.direction === 'reverse')
    return 'stay on the target: write `goal: cutover` in the spec; then pgm close ends the migration';
  return [
    'pgm apply --goal synced',
    ...tablesOf(input, gone).map(table => `--resync ${shellWord(`${gone.database}:${shownName(table)}`)}`),
  ].join(' ');
}
