import { setTimeout as sleep } from 'node:timers/promises';
import { handedOver, raiseFence } from '../cutover/fence.js';
import { UserError } from '../errors.js';
import { noteTablesBroughtBack, readNumberedColumns } from '../inspect/definitions/columns-handed-over.js';
import { definitionKinds, type Definition } from '../inspect/definitions/definition.js';
import type { Fingerprint } from '../inspect/definitions/fingerprint.js';
import { definitionsSql } from '../inspect/definitions/queries.js';
import { createTable, type TableStatements } from '../plan/create-table.js';
import type { Connection } from '../postgres/connection.js';
import { qualifiedName, qualifiedNameInText } from '../postgres/identifiers.js';
import { relationKey, shownName } from '../postgres/relation-key.js';
import { plural } from '../quantities.js';
import { addToPublication, type Relation } from '../replication/statements.js';
import { enableSubscription, refreshWithCopy } from '../replication/subscriptions.js';
import { notePairs } from '../state/note-pairs.js';
import type { StepContext } from './context.js';
import { inAnyOrder, oneByOne } from './definitions.js';
import { sidesOf } from './mirrored-context.js';
import type { StepKind } from './step-kind.js';

export interface BringBackInput {
  readonly database: string;
  /** The lane that leads back: publication and subscription have this name. */
  readonly lane: string;
  /** Parents before their partitions. */
  readonly tables: readonly (Relation & { readonly kind: 'r' | 'p'; readonly bytes: number })[];
  /** How the target's definitions are read. */
  readonly target: Omit<Fingerprint, 'kinds'>;
}

/** Tables that were made on the target since it took over, or altered beyond telling: the way back copies their rows. */
export const bringBack: StepKind<BringBackInput> = {
  kind: 'bring-back',

  describe: ({ database, lane, tables }) => {
    const copied = tables.filter(({ kind }) => kind === 'r');
    return {
      title:
        `make ${tables.slice(0, 3).map(shownName).join(', ')}` +
        `${tables.length > 3 ? ` and ${tables.length - 3} more` : ''} on the source as on the target, with their rows`,
      action: 'create',
      server: 'source',
      database,
      statements: [
        ...tables.map(table => `create table ${qualifiedName(table)} …;  -- as the target defines it`),
        ...addToPublication(lane, copied).map(statement => `${statement};  -- on the target`),
        ...(copied.length === 0 ? [] : [`alter subscription "${lane}" refresh publication;  -- copies the rows`]),
      ],
      tables: tables.map(({ schema, name }) => ({ schema, name })),
      reversible: false,
      estimate: { bytes: copied.reduce((sum, { bytes }) => sum + bytes, 0), rows: 0, seconds: 0 },
    };
  },

  async run(context, input, progress) {
    const { database, lane, tables } = input;
    const copied = tables.filter(({ kind }) => kind === 'r');
    return context.withTarget(database, async target => {
      // Before the definitions: what is altered in between is known to have come later.
      const numbered = await readNumberedColumns(target, tables.map(qualifiedNameInText));
      const definitions = await definitionsOf(target, input);
      return context.alterSource(database, async source => {
        const rest = await makeTables(context, source, input, definitions);
        const published = new Set((await target.rows<Relation>(publishedSql, [lane])).map(relationKey));
        for (const statement of addToPublication(
          lane,
          copied.filter(table => !published.has(relationKey(table))),
        ))
          await target.execute(statement);
        await enableSubscription(source, lane);
        await refreshWithCopy(source, lane);
        await rowsThere(context, source, lane, copied, left =>
          progress({ message: `${plural(left, 'table')} still to come` }),
        );
        const after = rest.flatMap(each => each.after);
        await oneByOne(
          source,
          after.filter(({ alone }) => alone),
        );
        await source.transaction(async () => {
          await source.execute("set local lock_timeout = '10s'; set local check_function_bodies to off");
          await inAnyOrder(
            source,
            after.filter(({ alone }) => !alone).map(({ statement }) => statement),
            sidesOf('back'),
          );
        });
        await notePairs(source, target, context.spec.name, tables);
        await noteTablesBroughtBack(target, context.spec.name, numbered);
        return { outcome: plural(tables.length, 'table') };
      });
    });
  },
};

const publishedSql = `
select n.nspname as schema, c.relname as name
from pg_publication p
join pg_publication_rel r on r.prpubid = p.oid
join pg_class c on c.oid = r.prrelid
join pg_namespace n on n.oid = c.relnamespace
where p.pubname = $1`;

async function definitionsOf(
  target: Connection,
  { target: { versionNum, between, scope } }: BringBackInput,
): Promise<readonly Definition[]> {
  return target.rows<Definition>(definitionsSql(definitionKinds, versionNum, between), [
    scope.schemas,
    scope.relations,
    scope.roles,
  ]);
}

const thereSql = `
select to_regclass($1) is not null as there,
  exists (select from pg_subscription_rel r where r.srrelid = to_regclass($1)) as subscribed`;

/** Those that are there already are of an earlier run. @returns what is to be done once the rows are there */
async function makeTables(
  { source: { user } }: StepContext,
  source: Connection,
  { database, tables }: BringBackInput,
  definitions: readonly Definition[],
): Promise<readonly TableStatements[]> {
  const made: TableStatements[] = [];
  for (const table of tables) {
    const identity = await identityOf(source, table);
    const definition = definitions.find(each => each.kind === 'table' && each.identity === identity);
    const statements =
      definition === undefined ? null : createTable(definition, membersOf(identity, definitions), user.superuser);
    if (statements === null)
      throw new UserError(`${shownName(table)} of "${database}" is not on the target any more`, {
        kind: 'stopped',
        code: 'PGM857',
        plansAgain: true,
        hint: 'run `pgm apply` again',
      });
    const { there, subscribed } = await source.row<{ there: boolean; subscribed: boolean }>(thereSql, [
      qualifiedNameInText(table),
    ]);
    if (there && !subscribed && table.kind === 'r' && (await hasRows(source, table)))
      throw new UserError(
        `${shownName(table)} of "${database}" has rows on the source that did not come by the reverse lane`,
        {
          kind: 'stopped',
          code: 'PGM857',
          hint: `drop it on the source if nobody needs them, then run \`pgm apply\` again: drop table ${qualifiedName(table)};`,
        },
      );
    made.push(statements);
    if (there) continue;
    await source.transaction(async () => {
      await source.execute("set local lock_timeout = '10s'; set local check_function_bodies to off");
      for (const statement of statements.before) await source.execute(statement);
      await raiseFence(source, [table], handedOver('target', database));
    });
  }
  return made;
}

async function identityOf(connection: Connection, { schema, name }: Relation): Promise<string> {
  return (
    await connection.row<{ identity: string }>("select format('%I.%I', $1::text, $2::text) as identity", [schema, name])
  ).identity;
}

/** All that belongs to a table, and to what belongs to it. */
function membersOf(identity: string, definitions: readonly Definition[]): readonly Definition[] {
  const own = definitions.filter(({ of }) => of === `table ${identity}`);
  const keys = new Set(own.map(each => `${each.kind} ${each.identity}`));
  return [
    ...own,
    ...definitions.filter(
      each => each.of !== null && !own.includes(each) && (keys.has(each.of) || each.of === `column ${identity}`),
    ),
  ];
}

async function hasRows(connection: Connection, table: Relation): Promise<boolean> {
  return (await connection.row<{ some: boolean }>(`select exists (select from ${qualifiedName(table)}) as some`)).some;
}

const leftSql = `
select count(*)::int as left
from unnest($2::text[]) t (name)
where not exists (
  select from pg_subscription_rel r
  join (select distinct subid, subname from pg_stat_subscription) s on s.subid = r.srsubid
  where s.subname = $1 and r.srrelid = to_regclass(t.name) and r.srsubstate = 'r')`;

const workersSql = `
select count(*)::int as workers from pg_stat_subscription where subname = $1 and relid is not null and pid is not null`;

/** Milliseconds without a worker that copies, after which it is given up. */
const patience = 60_000;

/** PostgreSQL's own workers copy the rows of each table, and the lane takes over where they end. */
async function rowsThere(
  { signal }: StepContext,
  source: Connection,
  lane: string,
  tables: readonly Relation[],
  onLeft: (left: number) => void,
): Promise<void> {
  const names = tables.map(qualifiedNameInText);
  let before = Infinity;
  let advanced = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const { left } = await source.row<{ left: number }>(leftSql, [lane, names]);
    if (left === 0) return;
    onLeft(left);
    const { workers } = await source.row<{ workers: number }>(workersSql, [lane]);
    if (left < before || workers > 0) advanced = performance.now();
    before = left;
    if (performance.now() - advanced > patience)
      throw new UserError(`the reverse lane does not copy the rows of ${plural(left, 'table')} to the source`, {
        kind: 'stopped',
        code: 'PGM604',
        hint: "look into the source's log: it tells what the copy meets; then run `pgm apply` again",
      });
    await sleep(200);
  }
}
