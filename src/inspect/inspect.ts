import { isSecretSetting } from '../postgres/secret-setting.js';
import { dialConninfo } from '../postgres/dial-conninfo.js';
import { reportError } from '../postgres/errors.js';
import type { Spec } from '../spec/spec.js';
import { tryAdvertisedRole } from './advertised.js';
import { inspectBouncer } from './bouncer.js';
import { compareDefinitions, type ComparedSide } from './definitions/compare.js';
import { readDatabase, type DatabaseAnswer } from './database.js';
import { dialSource } from './dial.js';
import type { DatabaseContents, DatabaseFacts, Facts, Provider, ServerFacts, Unreachable } from './facts.js';
import { inspectLocal } from './local.js';
import { settingsToCome, trySettings } from './needs/try-settings.js';
import { readForeseen } from './needs/read-foreseen.js';
import { selectDatabases } from './selection.js';
import { inspectServer } from './server.js';
import { unreachable } from './unreachable.js';

/** Databases read at a time, on each of the servers. */
const databasesAtATime = 8;

/**
 * Reads both servers: SELECT only, in read-only transactions, a constant number of queries per database however many
 * tables it has. A server that does not answer becomes `Unreachable`; nothing is thrown for it.
 */
export async function inspectServers(spec: Spec): Promise<Facts> {
  const [source, target, local, bouncer] = await Promise.all([
    inspectServer(spec.source.connection, spec.name, (database, dialler) =>
      dialConninfo(spec.target, database, dialler),
    ),
    inspectServer(spec.target.connection, spec.name, (database, dialler) =>
      dialConninfo(spec.source, database, dialler),
    ),
    inspectLocal(spec),
    spec.pgbouncer === null ? null : inspectBouncer(spec.pgbouncer),
  ]);
  if (source.kind === 'unreachable' || source.pooler !== null) {
    return {
      source,
      target,
      local,
      bouncer,
      databases: [],
      dial: null,
      unmatched: { databases: [], tables: [] },
      unreadable: [],
    };
  }
  const selected = selectDatabases(spec.databases, source.databases);
  const first = databaseToDial(selected) ?? spec.source.connection.database;
  const [read, dial, advertised] = await Promise.all([
    readDatabases(spec, source, target, selected.names),
    target.kind === 'unreachable' || target.pooler !== null || spec.method === 'dump'
      ? null
      : dialSource(spec, target, first),
    tryAdvertisedRoles(spec, target, first),
  ]);
  const databases = read
    .flatMap(each => each.facts ?? [])
    .filter(({ name, source: contents }) => contents.hasUserObjects || !selected.onlyIfUsed.includes(name));
  const matched = new Set(read.flatMap(each => [...each.matched]));
  const patterns = [...(spec.databases.tables.include ?? []), ...spec.databases.tables.exclude];
  const unreadable = read.flatMap(each => each.unreadable);
  return {
    source,
    target:
      target.kind === 'unreachable'
        ? target
        : {
            ...withComments(target, databases),
            refusedSettings: await refusedSettings(spec, source, target, databases),
          },
    local,
    bouncer,
    databases,
    dial,
    advertised,
    unmatched: {
      databases: selected.unmatched,
      tables: unreadable.some(each => each.server === 'source')
        ? []
        : patterns.filter(pattern => !matched.has(pattern)),
    },
    unreadable,
  };
}

/** On the target in its first database: the migrated ones may still have to come. */
async function tryAdvertisedRoles(
  spec: Spec,
  target: ServerFacts | Unreachable,
  database: string,
): Promise<NonNullable<Facts['advertised']>> {
  if (spec.method === 'dump') return { source: null, target: null };
  return {
    source: await tryAdvertisedRole(spec.source, database),
    target:
      target.kind === 'server' && spec.cutover.failback
        ? await tryAdvertisedRole(spec.target, spec.target.connection.database)
        : null,
  };
}

/** One that is migrated in any case: pg_hba.conf lets the target into no other. */
function databaseToDial({ names, onlyIfUsed }: ReturnType<typeof selectDatabases>): string | undefined {
  return names.find(name => !onlyIfUsed.includes(name)) ?? names[0];
}

interface DatabaseRead {
  /** null: the source's could not be read. */
  readonly facts: DatabaseFacts | null;
  readonly matched: ReadonlySet<string>;
  readonly unreadable: Facts['unreadable'];
}

async function readDatabases(
  spec: Spec,
  source: ServerFacts,
  target: ServerFacts | Unreachable,
  names: readonly string[],
): Promise<DatabaseRead[]> {
  const read: DatabaseRead[] = [];
  const waiting = names.entries();
  const worker = async (): Promise<void> => {
    for (const [index, name] of waiting) read[index] = await readBothSides(spec, source, target, name);
  };
  await Promise.all(Array.from({ length: Math.min(databasesAtATime, names.length) }, worker));
  return read;
}

async function readBothSides(
  spec: Spec,
  source: ServerFacts,
  target: ServerFacts | Unreachable,
  name: string,
): Promise<DatabaseRead> {
  const onTarget =
    target.kind === 'server' && target.pooler === null && target.databases.some(database => database.name === name);
  const receiver = target.kind === 'server' ? target.versionNum : 0;
  const [fromSource, fromTarget] = await Promise.all([
    readSide(spec, 'source', source, name, receiver, source.provider),
    onTarget ? readSide(spec, 'target', target, name, receiver, source.provider) : null,
  ]);
  const failures = [fromSource, fromTarget].flatMap(side => (side?.failure === undefined ? [] : [side.failure]));
  const oid = source.databases.find(database => database.name === name)?.oid ?? '';
  const [here, there] = [fromSource.answer?.contents ?? null, fromTarget?.answer?.contents ?? null];
  return {
    facts:
      here === null
        ? null
        : {
            name,
            oid,
            source: here,
            target: there,
            definitions:
              there === null || target.kind !== 'server' || spec.method === 'dump'
                ? null
                : await compared(
                    name,
                    [
                      { conninfo: spec.source.connection, server: source, contents: here },
                      { conninfo: spec.target.connection, server: target, contents: there },
                    ],
                    spec.name,
                  ),
            foreseen: await foresee(spec, name, source, target, there),
          },
    matched: fromSource.answer?.matched ?? new Set(),
    unreadable: failures,
  };
}

/** Until the definitions are all on the target: what they need is no question then. */
async function foresee(
  spec: Spec,
  database: string,
  source: ServerFacts,
  target: ServerFacts | Unreachable,
  there: DatabaseContents | null,
): Promise<DatabaseFacts['foreseen']> {
  if (target.kind !== 'server' || target.pooler !== null || there?.progress?.stages.done.has('constraints') === true)
    return null;
  return readForeseen({
    database,
    source: { conninfo: spec.source.connection, versionNum: source.versionNum },
    target: {
      conninfo: spec.target.connection,
      versionNum: target.versionNum,
      database: there === null ? undefined : database,
    },
  });
}

/** Once indexes and constraints are there too; a definition that somebody changes at this moment is locked. */
async function compared(
  database: string,
  [source, target]: readonly [ComparedSide, ComparedSide],
  migration: string,
): Promise<DatabaseFacts['definitions']> {
  if (target.contents.progress?.stages.done.has('constraints') !== true) return null;
  try {
    return { kind: 'compared', ...(await compareDefinitions(database, source, target, migration)) };
  } catch (error) {
    return { kind: 'failed', message: reportError(error).message };
  }
}

interface SideRead {
  readonly answer?: DatabaseAnswer;
  readonly failure?: Facts['unreadable'][number];
}

async function readSide(
  spec: Spec,
  side: 'source' | 'target',
  server: ServerFacts,
  database: string,
  receiver: number,
  provider: Provider | null,
): Promise<SideRead> {
  const { connection: conninfo } = spec[side];
  try {
    const question = {
      conninfo,
      database,
      versionNum: server.versionNum,
      receiver,
      side,
      migration: spec.name,
      provider,
      tables: spec.databases.tables,
    };
    return { answer: await readDatabase(question) };
  } catch (error) {
    return { failure: { database, server: side, failure: unreachable(conninfo, error) } };
  }
}

/** Only while databases are still to be made: afterwards nothing is set any more. */
async function refusedSettings(
  spec: Spec,
  source: ServerFacts,
  target: ServerFacts,
  databases: readonly DatabaseFacts[],
): Promise<ServerFacts['refusedSettings']> {
  const toMake = databases.filter(each => each.target?.progress?.stages.done.has('created') !== true);
  if (target.pooler !== null || toMake.length === 0) return [];
  // One with a secret is the user's own, which every server takes, and logs when it is tried.
  const asked = settingsToCome(source, target, toMake).filter(setting => !isSecretSetting(setting));
  return trySettings(spec.target.connection, asked);
}

/** A subscription's comment is kept in its own database, so it is known only for the databases that were read. */
function withComments(server: ServerFacts, databases: readonly DatabaseFacts[]): ServerFacts {
  const comments = new Map(
    databases.map(({ name, target }): [string, DatabaseContents['subscriptionComments']] => [
      name,
      target?.subscriptionComments ?? {},
    ]),
  );
  return {
    ...server,
    subscriptions: server.subscriptions.map(subscription => ({
      ...subscription,
      comment: comments.get(subscription.database)?.[subscription.name] ?? null,
    })),
  };
}
