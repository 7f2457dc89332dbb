import { describe, expect, it } from 'vitest';
import type { Conninfo } from '../../src/postgres/conninfo.js';
import { Secret } from '../../src/postgres/secret.js';
import { observeLane } from '../../src/replication/observe-lane.js';
import { describeStandstill, remedies, whyStanding, type Standstill } from '../../src/replication/standstill.js';
import {
  createDatabase,
  hostOf,
  logicalSettings,
  sql,
  useServers,
  withClient,
  type LocalServer,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const settings = { ...logicalSettings, wal_retrieve_retry_interval: '200ms' };
const servers = useServers({
  source: { major: 14, settings, password: 'source' },
  target: { major: 18, settings: { ...settings, max_logical_replication_workers: 3 } },
});

function conninfo(server: LocalServer, database: string): Conninfo {
  return {
    hosts: [{ host: hostOf(server), port: server.port }],
    user: 'postgres',
    database,
    password: server.password === undefined ? undefined : new Secret(server.password),
    sslmode: 'disable',
    sslrootcert: undefined,
    sslcert: undefined,
    sslkey: undefined,
    connectTimeout: undefined,
    targetSessionAttrs: 'any',
    options: undefined,
  };
}

const tables = `
create table parent (id int primary key, note text);
create table child (id int primary key, parent int);
create table other (id int primary key);
insert into parent values (1, 'a')`;

const dial = (server: LocalServer, database: string, more = 'user=follower password=right'): string =>
  `host=${hostOf(server)} port=${server.port} dbname=${database} ${more}`;

/** One lane of one database, made by hand: its publication, slot and subscription have one name. */
async function follow(database: string, connection?: string): Promise<void> {
  await createDatabase(servers.source, database, tables);
  await createDatabase(servers.target, database, tables);
  await sql(
    servers.source,
    database,
    `do $$ begin
       if not exists (select from pg_roles where rolname = 'follower') then create role follower login replication; end if;
     end $$;
     alter role follower password 'right';
     grant select on all tables in schema public to follower;
     create publication ${database} for table parent, child, other`,
  );
  await sql(servers.source, database, `select pg_create_logical_replication_slot('${database}', 'pgoutput')`);
  await sql(
    servers.target,
    database,
    `create subscription ${database} connection '${connection ?? dial(servers.source, database)}' publication ${database}
     with (connect = false, create_slot = false, slot_name = '${database}', enabled = false)`,
  );
  // Without a copy: every table is in sync already.
  await sql(servers.target, database, `alter subscription ${database} enable`);
  if (connection !== undefined) return;
  await sql(servers.target, database, `alter subscription ${database} refresh publication with (copy_data = false)`);
  await waitUntil('the worker reads the slot', () => isActive(database));
}

async function isActive(database: string): Promise<boolean> {
  const [row] = await sql<{ active: boolean }>(
    servers.source,
    'postgres',
    `select active from pg_replication_slots where slot_name = '${database}'`,
  );
  return row?.active === true;
}

const onSource = (database: string, text: string): Promise<unknown> => sql(servers.source, database, text);
const onTarget = (database: string, text: string): Promise<unknown> => sql(servers.target, database, text);

async function look(database: string): Promise<Standstill> {
  return whyStanding(
    await observeLane(
      {
        database,
        lane: database,
        publisher: conninfo(servers.source, database),
        subscriber: conninfo(servers.target, database),
        dialled: () => dial(servers.source, database),
        purpose: 'test',
        errorsBefore: 0,
        tries: true,
      },
      () => undefined,
    ),
  );
}

/** Worker and walsender begin anew, as after a restart. */
const cutLink = (database: string): Promise<unknown> =>
  onSource(
    'postgres',
    `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = '${database}'`,
  );

async function drop(database: string): Promise<void> {
  await onTarget(
    'postgres',
    `alter database ${database} allow_connections true; alter ` +
      `database ${database} reset all; alter role postgres login`,
  );
  const left = await sql(servers.target, database, `select from pg_subscription where subname = '${database}'`);
  if (left.length > 0)
    await onTarget(
      database,
      `alter subscription ${database} disable; alter subscription ${database} set ` +
        `(slot_name = none); drop subscription ${database}`,
    );
  await waitUntil('the slot is free', async () => !(await isActive(database)));
  await onSource('postgres', `select pg_drop_replication_slot('${database}')`);
  await onSource('postgres', `drop database ${database} with (force)`);
  await onTarget('postgres', `drop database ${database} with (force)`);
}

interface Member {
  readonly name: string;
  readonly database: string;
  readonly connection?: () => string;
  readonly happens: (database: string) => Promise<unknown>;
  readonly kind: Standstill['kind'];
  readonly says: RegExp;
  /** Of all lines of advice together. */
  readonly advises: RegExp;
  readonly neverAdvises?: RegExp;
}

const skips = /skip \(lsn|--resync/;

const members: readonly Member[] = [
  {
    name: 'the password was changed',
    database: 'l_password',
    happens: async database => {
      await onSource(database, "alter role follower password 'another'; insert into parent values (2)");
      await cutLink(database);
    },
    kind: 'cannot-connect',
    says: /password authentication failed for user "follower"/,
    advises: /password or the host in the spec/,
    neverAdvises: skips,
  },
  {
    name: 'the host moved',
    database: 'l_moved',
    connection: () => 'host=127.0.0.1 port=1 user=follower dbname=l_moved',
    happens: () => Promise.resolve(),
    kind: 'cannot-connect',
    says: /Connection refused/,
    advises: /set source\.advertise/,
    neverAdvises: skips,
  },
  {
    name: 'TLS is asked for and not there',
    database: 'l_tls',
    connection: () => dial(servers.source, 'l_tls', 'user=follower password=right sslmode=require'),
    happens: () => Promise.resolve(),
    kind: 'cannot-connect',
    says: /does not support SSL/,
    advises: /TLS/,
    neverAdvises: skips,
  },
  {
    name: 'the role may not replicate any more',
    database: 'l_attribute',
    happens: async database => {
      await onSource(database, 'alter role follower noreplication');
      await cutLink(database);
    },
    kind: 'cannot-connect',
    says: /replication/,
    advises: /no row is lost/,
    neverAdvises: skips,
  },
  {
    name: 'the database of the subscriber takes no connections of workers: its owner may not log in',
    database: 'l_login',
    happens: async database => {
      await onTarget(database, `create role sleeper superuser; alter subscription ${database} owner to sleeper`);
      await cutLink(database);
    },
    kind: 'cannot-start',
    says: /its owner "sleeper" may not log in/,
    advises: /alter role "sleeper" login/,
    neverAdvises: skips,
  },
  {
    name: 'a session has a table locked',
    database: 'l_lock',
    happens: () => Promise.resolve(),
    kind: 'locked',
    says: /waits for a lock on public\.parent that process \d+ \(postgres, /,
    advises: /select pg_terminate_backend\(\d+\)/,
    neverAdvises: skips,
  },
  {
    name: 'a row is in the way',
    database: 'l_row',
    happens: async database => {
      await onTarget(database, 'insert into parent values (7)');
      await onSource(database, 'insert into parent select i from generate_series(5, 9) i');
    },
    kind: 'refused',
    says: /\(5 changes: "public"\."parent".*Key \(id\)=\(7\) already exists/,
    advises: /pgm apply --resync public\.parent\n.*last.*loses 5 changes in 1 table.*skip \(lsn/,
  },
  {
    name: 'the target has a constraint of its own, which a copy would meet as well',
    database: 'l_check',
    happens: async database => {
      await onTarget(database, 'alter table parent alter note set not null');
      await onSource(database, 'insert into parent values (3, null)');
    },
    kind: 'refused',
    says: /violates not-null constraint/,
    advises: /fix it on the target/,
    neverAdvises: /apply --resync/,
  },
  {
    name: 'a foreign key of the target forbids TRUNCATE',
    database: 'l_truncate',
    happens: async database => {
      await onTarget(database, 'alter table child add foreign key (parent) references parent');
      await onSource(database, 'truncate parent');
    },
    kind: 'refused',
    says: /truncate "public"\."parent": "public"\."child" refers to "public"\."parent" \(child_parent_fkey\)/,
    advises: /drop constraint "child_parent_fkey"; .*add constraint "child_parent_fkey" FOREIGN KEY/,
  },
  {
    name: 'the key that the target looks by is not sent',
    database: 'l_identity',
    happens: async database => {
      await onTarget(
        database,
        'alter table parent drop constraint parent_pkey; update parent set note = ' +
          "'a'; alter table parent add primary key (note)",
      );
      await onSource(database, 'delete from parent where id = 1');
    },
    kind: 'refused',
    says: /the target looks for the row by \(note\), which the source does not send/,
    advises: /on both servers/,
    neverAdvises: /apply --resync/,
  },
  {
    name: 'a function in a check names a table without its schema',
    database: 'l_path',
    happens: async database => {
      await onTarget(
        database,
        "create function known(int) returns boolean language plpgsql as 'begin return exists (select " +
          "from other) or true; end'; alter table parent add check (known(id))",
      );
      await onSource(database, 'insert into parent values (6)');
    },
    kind: 'refused',
    says: /relation "other" does not exist/,
    advises: /ALTER FUNCTION, on both servers/,
    neverAdvises: /apply --resync|nothing stands against/,
  },
  {
    name: 'it was disabled',
    database: 'l_disabled',
    happens: database => onTarget(database, `alter subscription ${database} disable`),
    kind: 'disabled',
    says: /is disabled/,
    advises: /pgm apply/,
    neverAdvises: skips,
  },
  {
    name: 'nothing is wrong',
    database: 'l_well',
    happens: () => Promise.resolve(),
    kind: 'slow',
    says: /is running, and slow/,
    advises: /^$/,
  },
];

describe('a lane that does not advance', () => {
  it.each(members)('$name', { timeout: 60_000 }, async member => {
    const { database, happens, kind, says, advises, neverAdvises } = member;
    await follow(database, member.connection?.());
    const watch = async (): Promise<void> => {
      await happens(database);
      let seen: Standstill = { kind: 'slow' };
      await waitUntil(`it is ${kind}`, async () => {
        seen = await look(database);
        return seen.kind === kind;
      });
      expect(describeStandstill(database, seen)).toMatch(says);
      const advice = remedies(seen).join('\n');
      expect(advice).toMatch(advises);
      if (neverAdvises !== undefined) expect(advice).not.toMatch(neverAdvises);
    };
    try {
      if (kind === 'locked')
        await withClient(servers.target, database, async client => {
          await client.query('begin; lock table parent in exclusive mode');
          await onSource(database, 'insert into parent values (2)');
          await watch();
          await client.query('rollback');
        });
      else await watch();
    } finally {
      await onSource('postgres', 'alter role follower replication').catch(() => undefined);
      await drop(database);
    }
  });

  it('says that no worker is free, instead of waiting without a word', { timeout: 60_000 }, async () => {
    const all = ['w_one', 'w_two', 'w_three'];
    for (const database of all) await follow(database);
    await follow('w_four', dial(servers.source, 'w_four'));
    const seen = await look('w_four');
    expect(describeStandstill('w_four', seen)).toMatch(/max_logical_replication_workers are in use \(3 of 3\)/);
    expect(remedies(seen).join('\n')).toMatch(/raise max_logical_replication_workers/);
    for (const database of [...all, 'w_four']) await drop(database);
    await onTarget('postgres', 'drop role if exists sleeper');
    await onSource('postgres', 'drop role follower');
  });
});
