import type { Connection } from '../postgres/connection.js';

/** Bytes asked for in one query. */
const chunk = 8 * 1024 * 1024;

interface LargeObjectRow {
  readonly oid: string;
  readonly bytes: number;
  readonly digest: string;
}

/**
 * Size and digest of every large object, computed in the server. pg_largeobject_metadata may be read by all;
 * reading the data needs SELECT on the object.
 */
const listSql = `
select m.oid::text as oid,
       coalesce(sum(length(lo.data)), 0)::float8 as bytes,
       coalesce(md5(string_agg(lo.pageno || ':' || md5(lo.data), ',' order by lo.pageno)), '') as digest
from pg_largeobject_metadata m
left join pg_largeobject lo on lo.loid = m.oid
group by m.oid
order by m.oid`;

/** Brings the target's large objects to the source's: new, changed and removed ones. Gives how many were written. */
export async function copyLargeObjects(source: Connection, target: Connection, signal: AbortSignal, onObject: (done: number) => void): Promise<number> {
  const [ours, theirs] = await Promise.all([source.rows<LargeObjectRow>(listSql), target.rows<LargeObjectRow>(listSql)]);
  const there = new Map(theirs.map(row => [row.oid, row.digest]));
  const wanted = ours.filter(row => there.get(row.oid) !== row.digest);
  let done = 0;
  for (const row of wanted) {
    signal.throwIfAborted();
    await target.transaction(async () => {
      await target.rows('select case when exists (select from pg_largeobject_metadata where oid = $1::oid) then lo_unlink($1::oid) end', [row.oid]);
      await target.rows('select lo_create($1::oid)', [row.oid]);
      for (let at = 0; at < row.bytes; at += chunk) {
        const [piece] = await source.rows<{ data: Buffer }>('select lo_get($1::oid, $2, $3) as data', [row.oid, at, chunk]);
        await target.rows('select lo_put($1::oid, $2, $3)', [row.oid, at, piece?.data]);
      }
    });
    onObject(++done);
  }
  return done;
}
