import { stagesOf } from '../../src/state/stages.js';
import type {
  DatabaseContents,
  DatabaseFacts,
  DatabaseListing,
  PublicationFacts,
  RoleFacts,
  ServerFacts,
  SlotFacts,
  SubscriptionFacts,
  TableFacts,
} from '../../src/inspect/facts.js';
import type { Environment } from '../../src/postgres/environment.js';
import { loadSpecText } from '../../src/spec/load-spec.js';
import type { Spec } from '../../src/spec/spec.js';
import type { FinishedPart } from '../../src/state/copied-parts.js';
import type { CopyProgress } from '../../src/state/progress.js';
import { someContents, someServer, someTable } from '../checks/some-facts.js';

/** Database `app` of migration `shop`: its lanes are called so. */
export const lane = (number: number | 'r'): string => `pgm_shop_16384_${number}`;

/** No variable is set and no file is there. */
const nowhere: Environment = {
  env: {},
  home: '/nowhere',
  userName: 'nobody',
  hasFileModes: true,
  readFile: () => undefined,
  exists: () => false,
};

/** A spec as a user would write it; `lines` are further ones. */
export function buildSpec(...lines: string[]): Spec {
  const text = [
    'version: 1',
    'name: shop',
    'source: {connection: "postgres://migrator@old.example.com/postgres"}',
    'target: {connection: "postgres://migrator@new.example.com/postgres"}',
    ...lines,
  ].join('\n');
  return loadSpecText(text, 'pgm.yaml', nowhere).spec;
}

export function buildSlot(number: number | 'r', more: Partial<SlotFacts> = {}): SlotFacts {
  return {
    name: lane(number),
    database: 'app',
    plugin: 'pgoutput',
    active: true,
    temporary: false,
    walStatus: 'reserved',
    restartLsn: '0/1',
    confirmedFlushLsn: '0/1',
    retainedWalBytes: 100,
    lagBytes: 0,
    ...more,
  };
}

export function buildSubscription(number: number | 'r', more: Partial<SubscriptionFacts> = {}): SubscriptionFacts {
  const name = lane(number);
  return {
    name,
    database: 'app',
    owner: 'migrator',
    enabled: true,
    slot: name,
    publications: [name],
    workerPid: 7,
    latestEndLsn: '0/1',
    applyErrors: 0,
    failure: null,
    comment: null,
    ...more,
  };
}

export function buildPublication(number: number | 'r', tables: readonly string[]): PublicationFacts {
  return {
    name: lane(number),
    owner: 'migrator',
    allTables: false,
    schemas: [],
    tables: tables.map(name => ({ oid: oidOf(name), schema: 'public', name })),
    comment: null,
  };
}

/** A whole table, in one part, that came by a lane. */
export function buildPart(name: string, by: number, more: Partial<FinishedPart> = {}): FinishedPart {
  return { lane: by, schema: 'public', name, sourceOid: oidOf(name), part: 0, parts: 1, rows: 10, bytes: 100, ...more };
}

export function buildProgress(stages: readonly string[], parts: readonly FinishedPart[] = []): CopyProgress {
  return { stages: stagesOf(stages), parts, lastSwitch: null };
}

export function buildListing(more: Partial<DatabaseListing> = {}): DatabaseListing {
  return {
    oid: '16384',
    name: 'app',
    owner: 'owner',
    encoding: 'UTF8',
    collate: 'C',
    ctype: 'C',
    localeProvider: 'c',
    icuRules: null,
    locale: null,
    collationVersion: null,
    actualCollationVersion: null,
    isTemplate: false,
    allowsConnections: true,
    connectionLimit: -1,
    tablespace: 'pg_default',
    bytes: 1000,
    canConnect: true,
    acl: null,
    grants: null,
    roleSettings: [],
    comment: null,
    ...more,
  };
}

/** Subscriptions apply all that their publications have. */
function subscribedTables(
  contents: Partial<DatabaseContents> = {},
  target: Partial<ServerFacts> = {},
): DatabaseContents['subscribedTables'] {
  return Object.fromEntries(
    (target.subscriptions ?? []).map(({ name }) => [
      name,
      (contents.publications ?? []).filter(each => each.name === name).flatMap(({ tables }) => tables),
    ]),
  );
}

export interface World {
  readonly source: ServerFacts;
  readonly target: ServerFacts;
  readonly database: DatabaseFacts;
}

export interface WorldWish {
  readonly tables?: readonly TableFacts[];
  readonly source?: Partial<ServerFacts>;
  readonly target?: Partial<ServerFacts>;
  readonly contents?: Partial<DatabaseContents>;
  /** null: the target has no such database. */
  readonly there?: Partial<DatabaseContents> | null;
}

export const tablesNamed = (...names: readonly string[]): readonly TableFacts[] =>
  names.map((name, index) => someTable({ name, oid: oidOf(name), dataBytes: 1000 - index }));

/** Of a table that these make, on the source. */
function oidOf(name: string): string {
  return String(Buffer.from(name).reduce((sum, byte) => sum * 31 + byte, 20_000));
}

const settingsOf = (settings: ServerFacts['settings'] | undefined): Parameters<typeof someServer>[0] =>
  settings === undefined ? {} : { settings: Object.fromEntries(settings) };

/** Two servers and one database with two tables, of which the target has nothing. */
export function buildWorld({ tables = tablesNamed('a', 'b'), source, target, contents, there }: WorldWish = {}): World {
  const { settings: sourceSettings, ...ofSource } = source ?? {};
  const { settings: targetSettings, ...ofTarget } = target ?? {};
  return {
    source: someServer({ databases: [buildListing()], ...ofSource, ...settingsOf(sourceSettings) }),
    target: someServer({
      host: 'new.example.com',
      systemIdentifier: '2',
      databases: there === undefined || there === null ? [] : [buildListing()],
      ...ofTarget,
      ...settingsOf(targetSettings),
    }),
    database: {
      name: 'app',
      oid: '16384',
      definitions: null,
      foreseen: null,
      source: someContents({ tables, ...contents }),
      target:
        there === undefined || there === null
          ? null
          : someContents({ subscribedTables: subscribedTables(contents, target), ...there }),
    },
  };
}

/** Every stage of a database whose data is in. */
export const allStages = ['created', 'schema', 'copy', 'indexes', 'constraints', 'subscribed 1', 'analyze', 'settings'];

/** Both tables stream by lane 1, and nothing is left to be done. */
export function streamingWorld(more: WorldWish = {}): World {
  const tables = more.tables ?? tablesNamed('a', 'b');
  const names = tables.map(({ name }) => name);
  return buildWorld({
    tables,
    ...more,
    source: { slots: [buildSlot(1)], ...more.source },
    target: { subscriptions: [buildSubscription(1)], ...more.target },
    contents: { publications: [buildPublication(1, names)], ...more.contents },
    there: {
      tables,
      progress: buildProgress(
        allStages,
        names.map(name => buildPart(name, 1)),
      ),
      ...more.there,
    },
  });
}

export function buildRole(name: string, more: Partial<RoleFacts> = {}): RoleFacts {
  return {
    name,
    superuser: false,
    inherit: true,
    createrole: false,
    createdb: false,
    canLogin: true,
    replication: false,
    bypassrls: false,
    connectionLimit: -1,
    validUntil: null,
    comment: null,
    passwordDigest: null,
    settings: [],
    memberOf: [],
    ...more,
  };
}
