import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type { Archive } from './archive.js';
import type { ArchiveEntry } from './archive-script.js';
import { withoutOwner } from './run-entries.js';
import { has } from '../postgres/since.js';

export interface Fitting {
  /** Oids, on the source, of tables that the spec leaves out. */
  readonly leftOutTables: ReadonlySet<string>;
  /** `schema.name` as JSON pairs. */
  readonly leftOutSequences: ReadonlySet<RelationKey>;
  /** Of tables that the spec leaves out, but something else takes values from them. */
  readonly sequencesWithoutOwner: ReadonlySet<RelationKey>;
  /** Of the source's provider: with all that is in them. */
  readonly leftOutSchemas: ReadonlySet<string>;
  readonly leftOutExtensions: ReadonlySet<string>;
  /** pgm's own publications and subscriptions begin so. */
  readonly ownPrefix: string;
  /** The migrating user is superuser on the target. */
  readonly superuser: boolean;
  /** Roles that exist on the target and that the migrating user may give objects to: all for a superuser. */
  readonly roles: ReadonlySet<string>;
  /** On the target. */
  readonly tablespaces: ReadonlySet<string>;
  /** `server_version_num` of the target. */
  readonly targetVersion: number;
}

export interface Fitted {
  readonly archive: Archive;
  /** Wanted by themselves, but made with something that is left out: views over it, foreign keys to it … */
  readonly dependants: readonly ArchiveEntry[];
}

/** The archive as it can be carried out on the target: without what the spec leaves out and all that depends on it. */
export function fitArchive(archive: Archive, fitting: Fitting): Fitted {
  const entries = [...archive.preData, ...archive.postData];
  const out = new Set(entries.filter(entry => isSeed(entry, fitting)).map(entry => entry.dumpId));
  const dependants: ArchiveEntry[] = [];
  const parts: ArchiveEntry[] = [];
  const relations = new Set(entries.filter(entry => out.has(entry.dumpId)).map(relationKey));
  // Entries come after what they depend on, but for foreign keys and privileges: so until nothing changes.
  for (let before = -1; before !== out.size;) {
    before = out.size;
    for (const entry of entries) {
      if (out.has(entry.dumpId) || isDecided(entry) || !entry.dependencies.some(id => out.has(id))) continue;
      out.add(entry.dumpId);
      if (standsAlone.has(entry.type)) {
        dependants.push(entry);
        relations.add(relationKey(entry));
      }
      if (partsOfTables.has(entry.type)) parts.push(entry);
    }
  }
  // Of a table that stays: a policy that is missing may show rows to those who should not see them.
  dependants.push(
    ...parts.filter(
      ({ schema, name }) => !prefixes(name).some(table => relations.has(relationKey({ schema, name: table }))),
    ),
  );
  const rest = (section: readonly ArchiveEntry[]): readonly ArchiveEntry[] =>
    section.filter(entry => !out.has(entry.dumpId)).map(entry => fitEntry(entry, fitting));
  return { archive: { preData: rest(archive.preData), postData: rest(archive.postData) }, dependants };
}

/**
 * The plan says which tables and sequences come: it has followed the same dependencies, and stops at a table that
 * cannot be made without one that is left out. The archive has one more: of a partition on the table that it is
 * attached to later.
 */
function isDecided({ type, classOid }: ArchiveEntry): boolean {
  return classOid === '1259' && (type === 'TABLE' || type === 'SEQUENCE');
}

/** Types whose loss is worth a word; the others are parts of what is left out. */
const standsAlone: ReadonlySet<string> = new Set([
  'VIEW',
  'MATERIALIZED VIEW',
  'FOREIGN TABLE',
  'FK CONSTRAINT',
  'FUNCTION',
  'PROCEDURE',
  'AGGREGATE',
  'TYPE',
  'DOMAIN',
  'TABLE ATTACH',
  'CAST',
  'OPERATOR',
  'OPERATOR CLASS',
  'EVENT TRIGGER',
]);

/** Their names begin with that of their table. */
const partsOfTables: ReadonlySet<string> = new Set(['POLICY', 'TRIGGER', 'RULE', 'DEFAULT']);

/** `a b c`: `a`, `a b` */
function prefixes(name: string): readonly string[] {
  const words = name.split(' ');
  return words.slice(1).map((_, index) => words.slice(0, index + 1).join(' '));
}

function isSeed(
  entry: ArchiveEntry,
  {
    leftOutTables,
    leftOutSequences,
    sequencesWithoutOwner,
    leftOutSchemas,
    leftOutExtensions,
    ownPrefix,
    superuser,
  }: Fitting,
): boolean {
  // Only the extension's owner may comment on it, and CREATE EXTENSION brings its comment along.
  if (entry.type === 'COMMENT' && entry.name.startsWith('EXTENSION ') && !superuser) return true;
  // pgm's own tool where the role is no superuser.
  if ((entry.type === 'EXTENSION' || entry.type === 'SCHEMA') && entry.name === 'aiven_extras') return true;
  if (
    leftOutSchemas.has(entry.schema) ||
    (entry.type === 'SCHEMA' && leftOutSchemas.has(entry.name)) ||
    (entry.type === 'EXTENSION' && leftOutExtensions.has(entry.name))
  )
    return true;
  if (entry.schema === 'pgm' || (entry.type === 'SCHEMA' && entry.name === 'pgm')) return true;
  if (entry.type === 'PUBLICATION' || entry.type === 'SUBSCRIPTION') return entry.name.startsWith(ownPrefix);
  if (entry.type.startsWith('PUBLICATION TABLE')) return entry.name.startsWith(ownPrefix);
  if (entry.type === 'SEQUENCE OWNED BY' && sequencesWithoutOwner.has(relationKey(entry))) return true;
  if (entry.type.startsWith('SEQUENCE')) return leftOutSequences.has(relationKey(entry));
  return entry.classOid === '1259' && leftOutTables.has(entry.oid);
}

function fitEntry(entry: ArchiveEntry, { roles, tablespaces, targetVersion }: Fitting): ArchiveEntry {
  const known =
    entry.type === 'SUBSCRIPTION' && !has(targetVersion, 'appliesAsOwner') ? withoutRunAsOwner(entry.sql) : entry.sql;
  const sql = known.replace(/^SET default_tablespace = (.*);\n/, (statement: string, name: string) =>
    name === "''" || tablespaces.has(unquoted(name)) ? statement : "SET default_tablespace = '';\n",
  );
  return { ...entry, sql: entry.owner === '' || roles.has(entry.owner) ? sql : withoutOwner(sql, entry.owner) };
}

/**
 * pg_dump from 16 on says of an older source's subscription what such servers always do, and to 15 they refuse the
 * word.
 */
function withoutRunAsOwner(sql: string): string {
  const options = sql.lastIndexOf(' WITH (connect = false');
  return options === -1 ? sql : sql.slice(0, options) + sql.slice(options).replace(', run_as_owner = true', '');
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
