import type { Facts, ServerFacts } from '../inspect/facts.js';
import { withConnection } from '../postgres/connect.js';
import { qualifiedName } from '../postgres/identifiers.js';
import { shownName } from '../postgres/relation-key.js';
import { has } from '../postgres/since.js';
import type { Spec } from '../spec/spec.js';
import type { TableInFlight } from './status.js';

/**
 * What pgm's sessions send of tables. A part of a table is sent by a query, which names it, unless its columns fill
 * track_activity_query_size. Of other roles' sessions the figures are null without pg_monitor.
 */
const inFlightSql = `
select a.datname as database, p.relid::text as oid, substring(a.query from ' from only ("(?:[^"]|"")+"\."(?:[^"]|"")+")') as named, p.tuples_processed::float8 as rows, p.bytes_processed::float8 as bytes
from pg_stat_progress_copy p
join pg_stat_activity a using (pid)
where p.command = 'COPY TO' and a.application_name like 'pgm: %' and p.bytes_processed is not null
order by 1, 4 desc`;

interface Row {
  readonly database: string;
  readonly oid: string;
  readonly named: string | null;
  readonly rows: number;
  readonly bytes: number;
}

/** The tables whose rows a run copies at this moment, by database, most bytes first. */
export async function readInFlight(spec: Spec, facts: Facts, source: ServerFacts): Promise<readonly TableInFlight[]> {
  const copying = facts.databases.some(({ target }) => (target?.progress ?? null) !== null);
  if (!copying || !has(source.versionNum, 'copyProgress')) return [];
  const sent = await withConnection(spec.source.connection, { purpose: 'status', reads: true }, session =>
    session.rows<Row>(inFlightSql),
  );
  return sent.map(({ database, oid, named, rows, bytes }) => ({
    database,
    table: nameOf(facts, database, oid, named),
    rows,
    bytes,
  }));
}

function nameOf(facts: Facts, database: string, oid: string, named: string | null): string | null {
  const table = facts.databases
    .find(({ name }) => name === database)
    ?.source.tables.find(each => each.oid === oid || qualifiedName(each) === named);
  return table === undefined ? null : shownName(table);
}
