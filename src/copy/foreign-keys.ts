import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type { Connection } from '../postgres/connection.js';
import type { ArchiveEntry } from './archive-script.js';

/** A foreign key whose check takes long enough to begin before the last index is built. */
export interface LongForeignKey {
  readonly entry: ArchiveEntry;
  /** {@link relationKey} of the referring and the referred table. */
  readonly child: RelationKey;
  readonly parent: RelationKey;
  /** Bytes of the referring table: all of it is read. */
  readonly bytes: number;
}

/** Bytes; checks of smaller tables are quicker one after another in few transactions. */
const long = 32 * 1024 * 1024;

/** Partitioned tables are left out: their keys are whole only when every partition's index is attached. */
const foreignKeysSql = `
select con.oid::text as oid,
       cn.nspname as child_schema,
       c.relname as child_name,
       pn.nspname as parent_schema,
       p.relname as parent_name,
       pg_relation_size(c.oid)::float8 as bytes
from pg_constraint con
join pg_class c on c.oid = con.conrelid
join pg_namespace cn on cn.oid = c.relnamespace
join pg_class p on p.oid = con.confrelid
join pg_namespace pn on pn.oid = p.relnamespace
where con.contype = 'f'
  and con.convalidated
  and c.relkind = 'r'
  and p.relkind = 'r'
  and pg_relation_size(c.oid) > $1`;

interface ForeignKeyRow {
  readonly oid: string;
  readonly child_schema: string;
  readonly child_name: string;
  readonly parent_schema: string;
  readonly parent_name: string;
  readonly bytes: number;
}

/** Foreign keys of large tables, with the archive's entry of each. */
export async function readLongForeignKeys(
  source: Connection,
  postData: readonly ArchiveEntry[],
): Promise<readonly LongForeignKey[]> {
  const entries = new Map(postData.filter(entry => entry.type === 'FK CONSTRAINT').map(entry => [entry.oid, entry]));
  const rows = entries.size === 0 ? [] : await source.rows<ForeignKeyRow>(foreignKeysSql, [long]);
  return rows.flatMap(row => {
    const entry = entries.get(row.oid);
    if (entry === undefined) return [];
    const child = relationKey({ schema: row.child_schema, name: row.child_name });
    const parent = relationKey({ schema: row.parent_schema, name: row.parent_name });
    return [{ entry, child, parent, bytes: row.bytes }];
  });
}

/** Tells which foreign keys can be checked as tables become complete: rows in, indexes built, on both sides. */
export class LongForeignKeys {
  readonly #waiting: Set<LongForeignKey>;
  readonly #complete = new Set<RelationKey>();

  constructor(keys: readonly LongForeignKey[]) {
    this.#waiting = new Set(keys);
  }

  /** Tables that a foreign key waits for. */
  get tables(): readonly RelationKey[] {
    return [...new Set([...this.#waiting].flatMap(({ child, parent }) => [child, parent]))];
  }

  concerns(table: RelationKey): boolean {
    return this.tables.includes(table);
  }

  /**
   * Bytes of the largest check that waits for these tables. The check runs on one core and nothing else can be done to
   * its tables meanwhile: small tables are kept for the other cores until then.
   */
  bytesWaitingFor(tables: readonly RelationKey[]): number {
    return Math.max(
      0,
      ...[...this.#waiting]
        .filter(({ child, parent }) => tables.includes(child) || tables.includes(parent))
        .map(({ bytes }) => bytes),
    );
  }

  /** Those that became ready with these tables; each is given once. */
  ready(tables: readonly RelationKey[]): readonly LongForeignKey[] {
    for (const table of tables) this.#complete.add(table);
    const ready = [...this.#waiting].filter(
      ({ child, parent }) => this.#complete.has(child) && this.#complete.has(parent),
    );
    for (const key of ready) this.#waiting.delete(key);
    return ready;
  }
}
