import { setTimeout as sleep } from 'node:timers/promises';
import { withConnection } from '../postgres/connect.js';
import type { Conninfo } from '../postgres/conninfo.js';

/** One index build at work, as the target tells of it. */
export interface IndexPhase {
  readonly table: string;
  /** As in pg_stat_progress_create_index: `building index: scanning table` … */
  readonly phase: string;
  /** Of this phase; null: its end is not known. */
  readonly percent: number | null;
}

/** Of this database alone; an index that is being built is in nobody else's catalog yet, so its table names it. */
const phasesSql = `
select n.nspname || '.' || c.relname as "table",
       p.phase,
       case
         when p.tuples_total > 0 then floor(100.0 * p.tuples_done / p.tuples_total)::int
         when p.blocks_total > 0 then floor(100.0 * p.blocks_done / p.blocks_total)::int
       end as percent
from pg_stat_progress_create_index p
join pg_class c on c.oid = p.relid
join pg_namespace n on n.oid = c.relnamespace
where p.datname = current_database()
order by c.relpages desc, p.pid
limit 4`;

/** Milliseconds between two looks; the first comes after one, so that quick builds cost no session. */
const every = 1_000;

/** Tells how far the index builds of a database are while `use` runs. What the look itself suffers disturbs nobody. */
export async function watchingIndexPhases<T>(
  target: Conninfo,
  session: { readonly database: string; readonly purpose: string },
  tell: (phases: readonly IndexPhase[]) => void,
  use: () => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const watch = async (): Promise<void> => {
    await sleep(every, undefined, { signal: ended.signal });
    await withConnection(target, session, async connection => {
      while (!ended.signal.aborted) {
        const phases = await connection.rows<IndexPhase>(phasesSql);
        if (phases.length > 0) tell(phases);
        await sleep(every, undefined, { signal: ended.signal });
      }
    });
  };
  const watched = watch().catch(() => undefined);
  try {
    return await use();
  } finally {
    ended.abort();
    await watched;
  }
}

/** `public.orders: building index: scanning table 45%`, several parted by semicolons. */
export function phaseWords(phases: readonly IndexPhase[]): string {
  return phases
    .map(({ table, phase, percent }) => `${table}: ${phase}${percent === null ? '' : ` ${Math.min(100, percent)}%`}`)
    .join('; ');
}
