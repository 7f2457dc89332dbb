import { withConnection } from '../postgres/connect.js';
import type { Conninfo } from '../postgres/conninfo.js';
import type { ServerFacts } from './facts.js';
import { ownObjectsProblems } from '../state/own-objects.js';
import { readSettingsNow, type SettingInFiles } from './settings-now.js';

/** What pgm may have made on one server, beside slots and subscriptions, which its facts have. */
export interface Remains {
  readonly server: ServerFacts;
  readonly databases: readonly RemainsOfDatabase[];
  /** Databases that were not looked at, since the role may not connect. */
  readonly unread: readonly string[];
  /** As they stand now, of those that pgm changed. */
  readonly settings: ReadonlyMap<string, SettingInFiles>;
}

export interface RemainsOfDatabase {
  readonly name: string;
  readonly publications: readonly { readonly name: string; readonly comment: string | null }[];
  /** The record of the migration's copy is there. */
  readonly progress: boolean;
  /** Triggers that keep writers off are there. */
  readonly fence: boolean;
}

const publicationsSql = `
select pubname::text as name, obj_description(oid, 'pg_publication') as comment
from pg_publication
order by 1`;

const marksSql = `
select to_regclass('pgm.stage') is not null as progress, to_regproc('pgm.shut') is not null as fence`;

const progressSql = 'select exists (select from pgm.stage where migration = $1) as progress';

/**
 * Reads one server, database after database; writes nothing. All of them, since nobody may know any more which were
 * migrated: the spec may leave them out by now, and the lockfile may be lost.
 * @param settings names of those that pgm changed
 */
export async function readRemains(
  connection: Conninfo,
  server: ServerFacts,
  migration: string,
  settings: readonly string[],
): Promise<Remains> {
  const databases: RemainsOfDatabase[] = [];
  const unread: string[] = [];
  for (const { name, allowsConnections, canConnect } of server.databases) {
    if (!allowsConnections) continue;
    if (!canConnect) {
      unread.push(name);
      continue;
    }
    databases.push(
      await withConnection(connection, { database: name, purpose: 'remains' }, async session => {
        const publications = await session.rows<{ name: string; comment: string | null }>(publicationsSql);
        const { progress, fence } = await session.row<{ progress: boolean; fence: boolean }>(marksSql);
        // What somebody else put under pgm's name is not read: a view there would run their function (PGM317).
        const isPgms = progress && (await ownObjectsProblems(session, 'pgm')).length === 0;
        const isOurs = isPgms && (await session.row<{ progress: boolean }>(progressSql, [migration])).progress;
        return { name, publications, progress: isOurs, fence };
      }),
    );
  }
  const now =
    settings.length === 0
      ? new Map<string, SettingInFiles>()
      : await withConnection(connection, { purpose: 'remains' }, session => readSettingsNow(session, settings));
  return { server, databases, unread, settings: now };
}
