import type { RecordOf } from '../state/lockfile.js';
import { shownName, type RelationKey } from '../postgres/relation-key.js';
import { dumpArchive } from '../copy/archive.js';
import { namesOneOf } from '../copy/names-to-quote.js';
import { quotedByOne } from '../postgres/majors.js';
import type { ArchiveEntry } from '../copy/archive-script.js';
import { copyExtensionTables } from '../copy/extension-tables.js';
import { fitArchive } from '../copy/fit-archive.js';
import { runBeside } from '../copy/run-beside.js';
import type { EntryRun } from '../copy/run-entries.js';
import { connectForCopy, connectToRead, keepTriggersOut, shortLockTry } from '../copy/session.js';
import { exportPlainSnapshot, type ExportedSnapshot } from '../copy/snapshot.js';
import { readLongForeignKeys } from '../copy/foreign-keys.js';
import { readTableIndexes } from '../copy/table-indexes.js';
import { UserError } from '../errors.js';
import type { DatabaseContents } from '../inspect/facts.js';
import { unnamedEntries } from '../inspect/kinds.js';
import { readObjectCounts } from '../inspect/object-counts.js';
import { begunWith } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { finishStage, readEntries } from '../state/progress.js';
import type { Relation } from '../replication/statements.js';
import type { StepContext } from './context.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export interface SchemaInput {
  readonly database: string;
  readonly tables: number;
  /** Oids, on the source, of tables that the spec leaves out. */
  readonly leftOut: readonly string[];
  /** Their sequences. */
  readonly leftOutSequences: readonly RelationKey[];
  /** Of those tables too, but they come. */
  readonly sequencesWithoutOwner: readonly RelationKey[];
  /** Schemas and extensions of the source's provider. */
  readonly providersOwn: DatabaseContents['providersOwn'];
  /** The stage is done; only the archive is read again, for what comes after the data. */
  readonly onlyRead: boolean;
  /** Tables that the target lacks though the definitions were brought once: made since, or dropped there. */
  readonly added: readonly Relation[];
}

/** What the report at the end tells of the definitions. */
/** Definitions before the data, of the same moment as the data: pg_dump reads them in the exported snapshot. */
export const schema: StepKind<SchemaInput, 'schema'> = {
  kind: 'schema',

  describe: ({ database, tables, onlyRead, added }) => ({
    title: onlyRead
      ? 'read the definitions again'
      : added.length > 0
        ? `create the definitions of ${plural(added.length, 'table')} that the target lacks: ${listed(added)}`
        : `create the definitions of ${plural(tables, 'table')} and everything else that comes before the data`,
    action: onlyRead ? 'run' : 'create',
    server: 'target',
    database,
    statements: [
      '$ pg_dump --schema-only --format=custom --snapshot=…',
      ...(onlyRead ? [] : ['$ pg_restore --section=pre-data --file=-   -- run entry by entry on the target']),
    ],
    reversible: false,
    impact: { locks: ['ACCESS SHARE on each table of the source while pg_dump reads'] },
  }),

  async run(context, input, progress) {
    const { database } = input;
    const run = context.database(database);
    const read = await readArchive(context, input, await anySnapshot(context, database));
    if (input.added.length > 0) await forgetEntries(context, input);
    if (input.onlyRead) return {};
    const { archive } = run;
    if (archive === undefined) throw new TypeError('no archive');
    const target = await connectForDefinitions(context, database);
    try {
      let done = 0;
      const existing: ArchiveEntry[] = [];
      const entries = archive.preData;
      await runBeside(
        target,
        () => connectForDefinitions(context, database),
        Math.ceil(Math.min(sessionsAtMost, context.copyJobs) / context.databasesAtATime),
        entries,
        {
          ...entryRun(context, database),
          onExisting: entry => existing.push(entry),
          onDone: count => progress({ items: { done: (done += count), total: entries.length, unit: 'objects' } }),
        },
      );
      if (entries.some(({ type }) => type === 'EXTENSION')) await bringExtensionRows(context, database, target);
      await finishStage(target, context.spec.name, 'schema');
      tellExisting(context, database, existing);
      // Megabytes where there are thousands of tables, and nobody needs them any more.
      run.archive = { preData: [], postData: archive.postData };
      return {
        outcome: plural(entries.length, 'object'),
        record: { entries: entries.length, ...read },
      };
    } finally {
      await target.close();
    }
  },
};

/** Beside each other, over the databases that are worked on at a time. */
const sessionsAtMost = 3;

async function connectForDefinitions(context: StepContext, database: string): Promise<Connection> {
  // Event triggers that the target has of its own.
  return begunWith(
    await connectForCopy(
      context.spec.target.connection,
      { database, purpose: runPurpose(context.spec.name, 'schema') },
      shortLockTry,
    ),
    keepTriggersOut,
  );
}

async function bringExtensionRows(context: StepContext, database: string, target: Connection): Promise<void> {
  const snapshot = await anySnapshot(context, database);
  const source = await connectToRead(context.spec.source.connection, {
    database,
    purpose: runPurpose(context.spec.name, 'schema'),
  });
  try {
    await source.execute(
      `begin isolation level repeatable read read only; set transaction snapshot ${quoteLiteral(snapshot.id)}`,
    );
    const left = await copyExtensionTables(source, target, context.spec.name);
    if (left.length > 0)
      context.warn(
        `${database}: these tables of extensions have rows of their own on the ` +
          `target and were left as they are: ${left.join(', ')}`,
      );
  } finally {
    await source.close();
  }
}

/** What every run of archive entries in a database shares. */
export function entryRun(context: StepContext, database: string): EntryRun {
  return {
    migration: context.spec.name,
    done: context.database(database).entriesDone,
    onExisting: entry => tellExisting(context, database, [entry]),
    onRefused: (entry, message) =>
      context.warn(
        `${database}: left out, since ${context.target.user.name} may not ` +
          `make it: ${nameEntries([entry])} (${message})`,
      ),
    onMissingRole: (entry, statement) =>
      context.warn(
        `${database}: a role is not on the target, so this was left out of ${nameEntries([entry])}: ${statement}`,
      ),
    onDone: () => undefined,
    signal: context.signal,
    owner: context.target.user.name,
  };
}

function tellExisting(context: StepContext, database: string, entries: readonly ArchiveEntry[]): void {
  // Every database is born with these two.
  const unexpected = entries.filter(
    entry =>
      !(entry.type === 'SCHEMA' && entry.name === 'public') &&
      !(entry.type === 'EXTENSION' && entry.name === 'plpgsql'),
  );
  if (unexpected.length === 0) return;
  context.warn(
    `${database}: ${plural(unexpected.length, 'object')} found on the target ` +
      `already and left alone: ${nameEntries(unexpected)}`,
  );
}

function nameEntries(entries: readonly ArchiveEntry[]): string {
  const names = entries.slice(0, 5).map(nameEntry);
  return `${names.join(', ')}${entries.length > 5 ? ` and ${entries.length - 5} more` : ''}`;
}

function nameEntry({ type, schema: its, name }: ArchiveEntry): string {
  return `${type.toLowerCase()} ${its === '' ? name : shownName({ schema: its, name })}`;
}

/** A lane's snapshot where one is held, so that schema and data are of one moment; else one for the schema alone. */
export async function anySnapshot(context: StepContext, database: string): Promise<ExportedSnapshot> {
  const run = context.database(database);
  for (const snapshot of run.snapshots.values()) if (snapshot.isHeld()) return snapshot;
  const snapshot = await exportPlainSnapshot(context.spec.source.connection, database, context.spec.name);
  run.snapshots.set(0, snapshot);
  return snapshot;
}

/** Servers and pg_dump quote what their own version reserves. */
async function hasNamesToQuote({ source, target, ...context }: StepContext, database: string): Promise<boolean> {
  const words = quotedByOne(source.versionNum, target.versionNum);
  return words.length > 0 && (await context.withSource(database, session => namesOneOf(session, words)));
}

async function readArchive(
  context: StepContext,
  { database, leftOut, leftOutSequences, sequencesWithoutOwner, providersOwn }: SchemaInput,
  snapshot: ExportedSnapshot,
): Promise<Pick<NonNullable<RecordOf<'schema'>>, 'counts' | 'dependants'>> {
  const { local } = context.facts;
  if (local.pgDump === null || local.pgRestore === null)
    throw new UserError('pg_dump or pg_restore is not on this machine', { code: 'PGM110' });
  const run = context.database(database);
  const whole = await dumpArchive({
    pgDump: local.pgDump.path,
    pgRestore: local.pgRestore.path,
    conninfo: context.spec.source.connection,
    database,
    snapshot: snapshot.id,
    quotesAll: await hasNamesToQuote(context, database),
    purpose: runPurpose(context.spec.name, 'schema'),
    signal: context.signal,
  });
  const unnamed = unnamedEntries([...whole.preData, ...whole.postData]);
  if (unnamed.length > 0)
    context.warn(
      `${database}: pg_dump wrote entries of kinds that this pgm does not know ` +
        `(${unnamed.join(', ')}): they are run as they stand, and not followed`,
    );
  const there = await context.withTarget(database, async target => ({
    entries: await readEntries(target, context.spec.name),
    ...(await target.row<{ roles: string[]; tablespaces: string[] }>(
      "select (select array_agg(rolname::text) from pg_roles where pg_has_role(oid, 'member')) as " +
        'roles, (select array_agg(spcname::text) from pg_tablespace) as tablespaces',
    )),
  }));
  const { archive, dependants } = fitArchive(whole, {
    leftOutTables: new Set(leftOut),
    leftOutSequences: new Set(leftOutSequences),
    sequencesWithoutOwner: new Set(sequencesWithoutOwner),
    leftOutSchemas: new Set(providersOwn.schemas),
    leftOutExtensions: new Set(providersOwn.extensions),
    ownPrefix: `pgm_${context.spec.name}_`,
    superuser: context.target.user.superuser,
    roles: new Set(there.roles),
    tablespaces: new Set(there.tablespaces),
    targetVersion: context.target.versionNum,
  });
  if (dependants.length > 0)
    context.warn(`${database}: left out, since they depend on what the spec leaves out: ${nameEntries(dependants)}`);
  run.archive = archive;
  run.entriesDone = there.entries;
  const { postData } = run.archive;
  const counts = await context.withSource(database, source =>
    source.transaction(
      async () => {
        run.tableIndexes = await readTableIndexes(source, postData);
        run.longForeignKeys = await readLongForeignKeys(source, postData);
        return readObjectCounts(source);
      },
      `begin isolation level repeatable read read only; set transaction snapshot ${quoteLiteral(snapshot.id)}`,
    ),
  );
  return { counts, dependants: dependants.slice(0, dependantsNamed).map(nameEntry) };
}

const dependantsNamed = 50;

/** What was recorded of a table that the target lacks does not hold any more. */
async function forgetEntries(context: StepContext, { database, added }: SchemaInput): Promise<void> {
  const run = context.database(database);
  const isOfAdded = (entry: ArchiveEntry): boolean =>
    added.some(
      ({ schema: its, name }) =>
        entry.schema === its &&
        (entry.name === name || entry.name.startsWith(`${name} `) || entry.name === `TABLE ${name}`),
    );
  const stale = [...(run.archive?.preData ?? []), ...(run.archive?.postData ?? [])]
    .filter(entry => isOfAdded(entry) && run.entriesDone.has(entry.key))
    .map(entry => entry.key);
  if (stale.length === 0) return;
  await context.withTarget(database, target =>
    target.rows('delete from pgm.entry where migration = $1 and entry = any($2)', [context.spec.name, stale]),
  );
  run.entriesDone = new Set([...run.entriesDone].filter(key => !stale.includes(key)));
}

function listed(tables: readonly Relation[]): string {
  return tables.slice(0, 3).map(shownName).join(', ') + (tables.length > 3 ? ' …' : '');
}
