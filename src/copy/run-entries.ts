import type { Connection } from '../postgres/connection.js';
import { errorCode, StatementError } from '../postgres/errors.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import { sensitive } from '../postgres/private-statement.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { ArchiveEntry } from './archive-script.js';
import { LentCreate } from './lent-create.js';
import { isPrivate, sendEntryPrivately, shownEntry } from './private-entry.js';

/** Entries in one transaction: few enough for the target's lock table (64 locks × 100 connections by default). */
export const entriesPerTransaction = 200;

const duplicates: ReadonlySet<string> = new Set([
  sqlstate.duplicateObject,
  sqlstate.duplicateSchema,
  sqlstate.duplicateTable,
  '42723', // duplicate_function
  '42701', // duplicate_column
]);

/** What PostgreSQL says, for some types of entries, when it is there already. */
const duplicatesOf: ReadonlyMap<string, string> = new Map([
  ['CONSTRAINT', '42P16'], // invalid_table_definition: a second primary key
  ['TABLE ATTACH', '42809'], // wrong_object_type: is a partition already
  ['SEQUENCE', sqlstate.objectNotInPrerequisiteState], // is an identity column already
]);

function isThere(entry: ArchiveEntry, code: string | undefined): boolean {
  return code !== undefined && (duplicates.has(code) || duplicatesOf.get(entry.type) === code);
}

export interface EntryRun {
  readonly migration: string;
  /** Keys of entries that an earlier run carried out. */
  readonly done: ReadonlySet<string>;
  /** Called for an entry whose object was there before. */
  readonly onExisting: (entry: ArchiveEntry, message: string) => void;
  /** Called for a statement that speaks of a role which the target lacks: it is left out. */
  readonly onMissingRole: (entry: ArchiveEntry, statement: string) => void;
  /** Called for an entry that only a superuser may make: it is left out. */
  readonly onRefused: (entry: ArchiveEntry, message: string) => void;
  readonly onDone: (entries: number) => void;
  readonly signal: AbortSignal;
  /**
   * Whom new objects belong to anyway: an ALTER … OWNER TO that name is left out, which saves a statement an object.
   */
  readonly owner: string;
}

/**
 * Carries entries out in their order, many to a transaction and to a round trip; each is recorded in pgm.entry in the
 * same transaction, so that a crash never repeats or loses one.
 * @throws StatementError with the entry's name in the message
 */
export async function runEntries(
  connection: Connection,
  entries: readonly ArchiveEntry[],
  run: EntryRun,
): Promise<void> {
  const left = entries.filter(entry => entry.sql !== '' && !run.done.has(entry.key));
  const lent = new LentCreate();
  for (const batch of batches(left)) {
    run.signal.throwIfAborted();
    const [first] = batch;
    if (first !== undefined && isPrivate(first)) await runEntry(connection, first, run, lent);
    else {
      try {
        await connection.execute(inTransaction(batch, run, lent));
      } catch (error) {
        await connection.execute('rollback');
        if (connection.isLost) throw error;
        for (const entry of batch) await runEntry(connection, entry, run, lent);
      }
    }
    run.onDone(batch.length);
  }
}

/** In their order; one that may hold a secret is alone. */
function batches(entries: readonly ArchiveEntry[]): readonly (readonly ArchiveEntry[])[] {
  const made: ArchiveEntry[][] = [];
  let open: ArchiveEntry[] | null = null;
  for (const entry of entries) {
    if (isPrivate(entry)) {
      made.push([entry]);
      open = null;
    } else if (open === null || open.length === entriesPerTransaction) {
      open = [entry];
      made.push(open);
    } else open.push(entry);
  }
  return made;
}

async function sendEntry(
  connection: Connection,
  entry: ArchiveEntry,
  run: Pick<EntryRun, 'migration' | 'owner'>,
  lent: LentCreate,
): Promise<void> {
  if (!isPrivate(entry)) return connection.execute(inTransaction([entry], run, lent), entry.sql);
  const { before, after } = lent.around([entry]);
  await connection.transaction(async () => {
    if (before !== '') await connection.execute(before);
    await sendEntryPrivately(connection, entry, statementsOf(entry, run.owner));
    await connection.execute(`${after}\n${recordOf([entry], run.migration)}`);
  });
}

/** One entry in its own transaction; an object that is there already is left as it is and told of. */
export async function runEntry(
  connection: Connection,
  entry: ArchiveEntry,
  run: Pick<EntryRun, 'migration' | 'onExisting' | 'onMissingRole' | 'onRefused' | 'owner'>,
  lent = new LentCreate(),
): Promise<void> {
  try {
    await sendEntry(connection, entry, run, lent);
  } catch (error) {
    await connection.execute('rollback').catch(() => undefined);
    if (!(error instanceof StatementError)) throw error;
    if (isThere(entry, error.code)) {
      run.onExisting(entry, error.message);
      await connection.execute(recordOf([entry], run.migration));
      return;
    }
    if (error.code === sqlstate.undefinedObject && ofRoles.has(entry.type)) {
      await runPiecewise(connection, entry, run);
      return;
    }
    // A label of a provider that the target does not load.
    if (entry.type === 'SECURITY LABEL' && error.code === '22023') {
      run.onRefused(entry, error.message);
      await connection.execute(recordOf([entry], run.migration));
      return;
    }
    if (
      isForSuperusers(entry) &&
      (error.code === sqlstate.insufficientPrivilege || error.code === sqlstate.undefinedObject)
    ) {
      run.onRefused(entry, error.message);
      await connection.execute(recordOf([entry], run.migration));
      return;
    }
    if (error.code === sqlstate.insufficientPrivilege && lent.lendFor(entry)) {
      // When it is refused still, it was not that.
      const isEnough = await sendEntry(connection, entry, run, lent).then(
        () => true,
        () => false,
      );
      if (isEnough) return;
      await connection.execute('rollback').catch(() => undefined);
      lent.forget(entry);
    }
    throw named(error, entry);
  }
}

/** What may be left out for lack of a role, piece by piece: privileges, and what is for that role alone. */
const ofRoles: ReadonlySet<string> = new Set(['ACL', 'DEFAULT ACL', 'POLICY', 'USER MAPPING']);

/** What managed servers refuse their users, with its parts and comments; the data does not depend on it. */
function isForSuperusers({ type, name }: ArchiveEntry): boolean {
  return (
    /^(?:EVENT TRIGGER|PUBLICATION|SUBSCRIPTION)/.test(type) ||
    (type === 'COMMENT' && /^(?:EXTENSION|EVENT TRIGGER|PUBLICATION|SUBSCRIPTION) /.test(name))
  );
}

async function runPiecewise(
  connection: Connection,
  entry: ArchiveEntry,
  run: Pick<EntryRun, 'migration' | 'onMissingRole'>,
): Promise<void> {
  await connection.transaction(async () => {
    // pg_dump ends each statement with its line.
    for (const statement of entry.sql.split(/(?<=;)\n/).filter(text => text.trim() !== '')) {
      await connection.execute('savepoint piece');
      try {
        if (isPrivate(entry)) await sendEntryPrivately(connection, entry, statement);
        else await connection.execute(statement);
      } catch (error) {
        if (errorCode(error) !== sqlstate.undefinedObject)
          throw error instanceof StatementError ? named(error, entry) : error;
        await connection.execute('rollback to piece');
        run.onMissingRole(entry, isPrivate(entry) ? sensitive : statement.trim());
      }
    }
    await connection.execute(recordOf([entry], run.migration));
  });
}

/** Entries with their record as one text: one round trip, one transaction. */
export function inTransaction(
  entries: readonly ArchiveEntry[],
  run: Pick<EntryRun, 'migration' | 'owner'>,
  lent = new LentCreate(),
): string {
  // What is lent is taken back before the privileges, which come last, say who has it for good.
  const isPrivilege = entries.findIndex(({ type }) => type === 'ACL');
  const end = isPrivilege === -1 ? entries.length : isPrivilege;
  const { before, after } = lent.around(entries.slice(0, end));
  const texts = entries.map(entry => statementsOf(entry, run.owner));
  return `begin;\n${before}${texts.slice(0, end).join('\n')}${after}\n${texts.slice(end).join('\n')}\n${recordOf(entries, run.migration)}\ncommit;`;
}

/** The entry's statements, settings put back afterwards. */
function statementsOf(entry: ArchiveEntry, owner: string): string {
  const settings = entry.sql.startsWith('SET ')
    ? '\nreset default_tablespace;\nreset default_table_access_method;'
    : '';
  // Schema public is there before, with another owner.
  return `${entry.type === 'SCHEMA' ? entry.sql : withoutOwner(entry.sql, owner)}${settings}`;
}

/** pg_dump's last statement of an entry, after an empty line; a name is quoted where it has to be. */
const lastOwner = /\n\nALTER [A-Z ]+ [^\n]* OWNER TO (?:"((?:[^"]|"")+)"|([a-z_][a-z0-9_$]*));\n*$/;

/** Without the ALTER … OWNER TO of an owner: the object is the migrating user's then. */
export function withoutOwner(sql: string, owner: string): string {
  const [statement, quoted, plain] = lastOwner.exec(sql) ?? [];
  return statement !== undefined && (quoted?.replaceAll('""', '"') ?? plain) === owner
    ? `${sql.slice(0, -statement.length)}\n`
    : sql;
}

function recordOf(entries: readonly ArchiveEntry[], migration: string): string {
  const values = entries.map(({ key }) => `(${quoteLiteral(migration)}, ${quoteLiteral(key)})`);
  return `insert into pgm.entry (migration, entry) values ${values.join(', ')} on conflict do nothing;`;
}

function named(error: StatementError, entry: ArchiveEntry): StatementError {
  const what = [entry.type, [entry.schema, entry.name].filter(part => part !== '').join('.')].join(' ');
  const told = new StatementError(error.cause ?? error, shownEntry(entry), error.survived);
  told.message = `${what}: ${error.message}`;
  return told;
}
