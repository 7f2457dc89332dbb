import { listLargeObjects, type LargeObject } from '../copy/large-object-list.js';
import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { Spec } from '../spec/spec.js';
import type { VerifiedLargeObjects } from '../verify/report.js';

const most = 100;
const countSql = 'select count(*)::int as objects from pg_largeobject_metadata';

/** Compares all large objects of a database by hashes of their contents, as far as the roles may read them. */
export async function compareLargeObjects({ source, target }: Spec, database: string): Promise<VerifiedLargeObjects> {
  const options = { database, purpose: 'verify', reads: true };
  return withConnection(source.connection, options, ours =>
    withConnection(target.connection, options, async theirs => {
      const both = await listLargeObjects(ours, theirs).catch((error: unknown) => {
        if (errorCode(error) === sqlstate.insufficientPrivilege) return null;
        throw error;
      });
      if (both === null) return { source: await count(ours), target: await count(theirs), differing: null, oids: [] };
      const oids = differing(both.ours, both.theirs);
      return {
        source: both.ours.length,
        target: both.theirs.length,
        differing: oids.length,
        oids: oids.slice(0, most),
      };
    }),
  );
}

/** OIDs of objects that are not the same on both sides, or only on one. */
function differing(ours: readonly LargeObject[], theirs: readonly LargeObject[]): readonly string[] {
  const there = new Map(theirs.map(object => [object.oid, object]));
  const changed = ours
    .filter(({ oid, bytes, digest }) => there.get(oid)?.digest !== digest || there.get(oid)?.bytes !== bytes)
    .map(({ oid }) => oid);
  const here = new Set(ours.map(({ oid }) => oid));
  return [...changed, ...[...there.keys()].filter(oid => !here.has(oid))];
}

async function count(connection: Connection): Promise<number> {
  return (await connection.row<{ objects: number }>(countSql)).objects;
}
