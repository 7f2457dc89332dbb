import type { Connection } from '../postgres/connection.js';
import { formatBytes, plural } from '../quantities.js';

/** What slots that nobody reads cost their server. */
export interface HeldBack {
  readonly slots: number;
  /** Bytes. */
  readonly wal: number;
  /** Bytes that may still be written before the server takes the first slot away; null: it never does. */
  readonly walLeft: number | null;
  /** Transactions whose dead rows in the system catalogs vacuum must keep. */
  readonly catalogAge: number;
  /** The same for all tables; null: none is kept, as it should be once a copy is over. */
  readonly rowsAge: number | null;
}

/** safe_wal_size is new in 13. */
const heldBackSql = `
select count(*)::int as slots,
       coalesce(sum(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), restart_lsn)), 0)::float8 as wal,
       min((to_jsonb(s) ->> 'safe_wal_size')::float8) as "walLeft",
       coalesce(max(age(catalog_xmin)), 0)::float8 as "catalogAge",
       max(age(xmin))::float8 as "rowsAge"
from pg_replication_slots s
where slot_name = any($1)`;

export async function readHeldBack(publisher: Connection, slots: readonly string[]): Promise<HeldBack> {
  return publisher.row<HeldBack>(heldBackSql, [slots]);
}

export function describeHeldBack({ slots, wal, walLeft, catalogAge, rowsAge }: HeldBack): string {
  const limit =
    walLeft === null
      ? 'until its disk is full: max_slot_wal_keep_size sets no limit'
      : walLeft <= 0
        ? 'and the server may take the slot away at its next checkpoint (max_slot_wal_keep_size)'
        : `and the server takes the slot away after another ${formatBytes(walLeft)} ` +
          '(max_slot_wal_keep_size): what was copied must be copied again then';
  const rows = rowsAge === null ? '' : `, and those of all tables from the last ${plural(rowsAge, 'transaction')}`;
  return (
    `${plural(slots, 'slot')} on the source ${slots === 1 ? 'holds' : 'hold'} ${formatBytes(wal)} ` +
    `of WAL, and more with every write, ${limit}; vacuum keeps dead rows of the system catalogs ` +
    `from the last ${plural(catalogAge, 'transaction')}${rows}`
  );
}
