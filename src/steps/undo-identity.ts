import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { qualifiedName, qualifiedNameInText } from '../postgres/identifiers.js';
import { isPublicationException } from '../postgres/majors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { ReplicaIdentitySetting } from '../state/lockfile.js';
import { identityClause, readIdentity } from './identity-before.js';
import type { SettingUndo } from './setting-undo.js';

/** Another's publication that sends UPDATEs of a table needs a key; pgm's own are dropped before. */
const neededSql = `
select p.pubname::text as name
from pg_publication p, pg_class c, pg_namespace n
where c.oid = to_regclass($1) and n.oid = c.relnamespace
  and (p.pubupdate or p.pubdelete)
  and (
    exists (select from pg_publication_rel r where r.prpubid = p.oid and r.prrelid = c.oid
      and not ${isPublicationException('r')})
    or exists (
      select from pg_publication_tables t
      where t.pubname = p.pubname and t.schemaname = n.nspname and t.tablename = c.relname
    )
  )
  and ($2 = 'nothing' or not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary))
order by 1`;

/** What the table's identity was, on either side, and only while it is FULL as pgm set it. */
export function undoReplicaIdentity({ server, database, schema, table, before }: ReplicaIdentitySetting): SettingUndo {
  const clause = identityClause(before);
  const name = qualifiedName({ schema, name: table });
  const inText = qualifiedNameInText({ schema, name: table });
  const statement = `alter table ${name} replica identity ${clause}`;
  return {
    server,
    database,
    statements: [`${statement};`],
    async run(session) {
      const now = await readIdentity(session, inText);
      // The definitions may not have come to the target yet.
      if (now === null) return server === 'target' ? null : `${name} is gone`;
      if (now.kind !== 'full')
        return server === 'target' ? null : `the replica identity of ${name} is not FULL any more`;
      if (before.kind !== 'index') {
        const needed = await session.rows<{ name: string }>(neededSql, [inText, clause]);
        if (needed.length > 0)
          return (
            `${name} on the ${server} is published by ${needed.map(each => each.name).join(', ')}, and would ` +
            'have no key'
          );
      }
      return execute(session, statement, name);
    },
  };
}

/** The index may be gone, or no longer one that can be an identity. */
async function execute(session: Connection, statement: string, name: string): Promise<string | null> {
  try {
    await session.execute(statement);
    return null;
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined || !indexUnfit.has(code)) throw error;
    return `the replica identity of ${name} stays FULL, since the index that it was is gone or does not do any more`;
  }
}

const indexUnfit: ReadonlySet<string> = new Set([
  sqlstate.undefinedObject,
  sqlstate.wrongObjectType,
  sqlstate.featureNotSupported,
  sqlstate.objectNotInPrerequisiteState,
]);
