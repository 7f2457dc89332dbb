import type { Connection } from '../postgres/connection.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { grantStatements } from './grant-statements.js';
import { listLargeObjects, type LargeObject } from './large-object-list.js';

/** Bytes asked for in one query. */
const chunk = 8 * 1024 * 1024;

/** Sessions on both sides; a source session may be in a snapshot. */
export interface LargeObjectSessions {
  readonly source: Connection;
  readonly target: Connection;
}

/** Brings the target's large objects to the source's: new, changed and removed ones. Gives how many were written. */
export async function copyLargeObjects(
  source: Connection,
  target: Connection,
  signal: AbortSignal,
  onObject: (done: number) => void,
): Promise<number> {
  return copyLargeObjectsBeside([{ source, target }], signal, onObject);
}

/** The same with several sessions at once. Contents, owners, privileges and comments arrive together. */
export async function copyLargeObjectsBeside(
  sessions: readonly LargeObjectSessions[],
  signal: AbortSignal,
  onObject: (done: number, of: number) => void,
): Promise<number> {
  const [first] = sessions;
  if (first === undefined) return 0;
  const { ours, theirs } = await listLargeObjects(first.source, first.target);
  const there = new Map(theirs.map(object => [object.oid, object]));
  const wanted = ours.filter(object => !isSame(object, there.get(object.oid)));
  await removeGone(first.target, ours, theirs);
  if (wanted.length === 0) return 0;
  const roles = new Set(
    (await first.target.rows<{ name: string }>('select rolname as name from pg_roles')).map(({ name }) => name),
  );
  const recorded = await readRecord(first.target);
  let done = 0;
  const queue = wanted.values();
  await Promise.all(
    sessions.map(async ({ source, target }) => {
      for (const object of queue) {
        signal.throwIfAborted();
        const before = there.get(object.oid);
        await target.transaction(async () => {
          if (before?.digest !== object.digest || before.bytes !== object.bytes)
            await writeContents(source, target, object, before !== undefined);
          for (const statement of describe(object, roles)) await target.execute(statement);
          if (recorded !== null && before === undefined)
            await target.rows('insert into pgm.entry (migration, entry) values ($1, $2) on conflict do nothing', [
              recorded,
              entryOf(object.oid),
            ]);
        });
        onObject(++done, wanted.length);
      }
    }),
  );
  return done;
}

function isSame(object: LargeObject, other: LargeObject | undefined): boolean {
  const facts = ({ digest, bytes, owner, grants, comment }: LargeObject): string =>
    JSON.stringify([digest, bytes, owner, grants, comment]);
  return other !== undefined && facts(object) === facts(other);
}

async function writeContents(
  source: Connection,
  target: Connection,
  { oid, bytes }: LargeObject,
  exists: boolean,
): Promise<void> {
  if (exists) await target.rows('select lo_unlink($1::oid)', [oid]);
  await target.rows('select lo_create($1::oid)', [oid]);
  for (let at = 0; at < bytes; at += chunk) {
    const { data } = await source.row<{ data: Buffer }>('select lo_get($1::oid, $2, $3) as data', [oid, at, chunk]);
    await target.rows('select lo_put($1::oid, $2, $3)', [oid, at, data]);
  }
}

/** An owner or grantee that the target lacks is left out: the object is the migrating user's then. */
function describe({ oid, owner, grants, comment }: LargeObject, roles: ReadonlySet<string>): readonly string[] {
  const words = `large object ${oid}`;
  const known = grants?.filter(
    ({ grantee, grantor }) => (grantee === null || roles.has(grantee)) && (roles.has(grantor) || grantor === owner),
  );
  return [
    ...(roles.has(owner) ? [`alter ${words} owner to ${quoteIdentifier(owner)}`] : []),
    ...(known === undefined ? [] : grantStatements({ words, owner, ownerIsThere: roles.has(owner) }, known)),
    `comment on ${words} is ${comment === null ? 'null' : quoteLiteral(comment)}`,
  ];
}

const recordPrefix = 'LARGE OBJECT ';

function entryOf(oid: string): string {
  return `${recordPrefix}${oid}`;
}

/** The migration whose record of the copy is on this side; null on a side without one. */
async function readRecord(target: Connection): Promise<string | null> {
  const { present } = await target.row<{ present: boolean }>("select to_regclass('pgm.entry') is not null as present");
  if (!present) return null;
  const [row] = await target.rows<{ migration: string }>('select migration from pgm.stage limit 1');
  return row?.migration ?? '';
}

/** What was copied and is no longer on the source goes; what the target had of its own stays. */
async function removeGone(
  target: Connection,
  ours: readonly LargeObject[],
  theirs: readonly LargeObject[],
): Promise<void> {
  const still = new Set(ours.map(({ oid }) => oid));
  const gone = theirs.filter(({ oid }) => !still.has(oid));
  if (gone.length === 0 || (await readRecord(target)) === null) return;
  await target.transaction(async () => {
    const entries = gone.map(({ oid }) => entryOf(oid));
    await target.rows(
      'select lo_unlink(substr(entry, $2)::oid) from (select distinct entry from pgm.entry where entry = any($1)) e',
      [entries, recordPrefix.length + 1],
    );
    await target.rows('delete from pgm.entry where entry = any($1)', [entries]);
  });
}
