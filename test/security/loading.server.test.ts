import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, type LocalServer } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { findingsFor, ofCode, paste } from '../checks/readiness.js';
import { gained, rightsOf } from './rights-of.js';

/** Says in the server's log where it was called and as whom. */
const ran =
  'create function mal.ran(place text, value int) returns int language plpgsql immutable as $f$ begin ' +
  "raise log 'ran % as %.', place, current_user; return value; end $f$";

/** What its owner has it called by. */
const places = `
  create domain mal.small as int check (mal.ran('domain', value) > 0);
  create table mal.item (id int primary key, s mal.small, d int default mal.ran('default', 1),
    g int generated always as (mal.ran('generated column', id)) stored,
    constraint positive check (mal.ran('check', id) > 0));
  create index by_call on mal.item (mal.ran('index', id));
  create statistics mal.guess on (mal.ran('statistics', id)), id from mal.item;
  create materialized view mal.seen as select mal.ran('materialized view', id) as id from mal.item;
  create function mal.fired() returns trigger language plpgsql as $f$ begin
    perform mal.ran('trigger', 1); return new; end $f$;
  create trigger fires before insert on mal.item for each row execute function mal.fired();
  alter table mal.item enable always trigger fires;
  create rule also as on insert to mal.item where mal.ran('rule', 1) = 0 do also nothing;
  create policy seen_by on mal.item using (mal.ran('policy', id) > 0);
  create table mal.cut (id int) partition by range (mal.ran('partition key', id));
  create table mal.low partition of mal.cut for values from (0) to (9);
  create type mal.kind as enum ('1');
  create function mal.number(mal.kind) returns int language plpgsql immutable as $f$ begin
    return mal.ran('foreign key', 1); end $f$;
  create cast (mal.kind as int) with function mal.number(mal.kind) as implicit;
  create table mal.one (id int primary key);
  create table mal.refers (id int primary key, k mal.kind references mal.one);
  create table mal.xml (id int primary key, constraint runs check (query_to_xml('select 1', true, true, '') is not null));
  insert into mal.item values (1, 1); insert into mal.cut values (1); insert into mal.one values (1);
  insert into mal.refers values (1, '1'); insert into mal.xml values (1); refresh materialized view mal.seen`;

/** `place as role`, each once. */
function seen(server: LocalServer, from: number): readonly string[] {
  const log = readFileSync(join(server.folder, 'server.log'), 'utf8').slice(from);
  return [...new Set([...log.matchAll(/ran ([\w ]+ as \w+)\./g)].map(([, said = '']) => said))].sort();
}

const logged = (server: LocalServer): number => readFileSync(join(server.folder, 'server.log'), 'utf8').length;

describe.each([15, 18] as const)('code of a schema owner that comes along to %i', { timeout: 180_000 }, major => {
  const servers = useServers({
    source: { major: 15, settings: logicalSettings },
    target: { major, settings: logicalSettings },
  });
  const workspace = useWorkspace();

  /** Made by a superuser, with a function of somebody else's. */
  const keepsLoginTriggersOut = async (): Promise<void> => {
    await sql(
      servers.target,
      'app',
      `set role mallory; create function mal.at_login() returns event_trigger language plpgsql as $f$ begin
         perform mal.ran('login', 1); end $f$; reset role;
       create event trigger greets on login execute function mal.at_login()`,
    );
    const start = logged(servers.target);
    for (const command of ['plan', 'status', 'verify']) await workspace.succeeds(command);
    expect(seen(servers.target, start)).toEqual([]);
    expect((await workspace.pgm('plan')).stdout).toContain('event trigger greets runs when pgm connects');
    // The trap is a real one.
    await sql(servers.target, 'app', 'select 1');
    expect(seen(servers.target, start)).toEqual(['login as postgres']);
    await sql(servers.target, 'app', 'drop event trigger greets; drop function mal.at_login()');
  };

  it('is named in the plan where it runs as the superuser that loads, and only there (PGM422)', async () => {
    await sql(servers.source, 'postgres', 'create role mallory login');
    await createDatabase(
      servers.source,
      'app',
      `create schema mal authorization mallory; grant all on database app to mallory; set role mallory; ${ran}; ${places}`,
    );
    workspace.write(
      'pgm.yaml',
      specText(servers.source, servers.target, 'databases: {include: [app]}\nreplica_identity: {missing: full}'),
    );
    const before = await rightsOf([servers.source], 'mallory');
    const plan = JSON.parse((await workspace.pgm('plan', '--json')).stdout) as {
      findings: { code: string; object: string; severity: string; message: string; remedy: string }[];
    };
    const [finding, ...more] = plan.findings.filter(({ code }) => code === 'PGM422');
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: 'warning', object: 'mallory' });

    const start = logged(servers.target);
    await workspace.succeeds('apply', '--auto-approve');
    const loaded = seen(servers.target, start);
    expect(loaded).toEqual([
      'check as postgres',
      'domain as postgres',
      'foreign key as postgres',
      'generated column as postgres',
      'index as mallory',
      'materialized view as mallory',
      'partition key as postgres',
      'statistics as mallory',
    ]);
    const applied = logged(servers.target);
    await sql(servers.source, 'app', 'insert into mal.item values (2, 2)');
    await waitUntil(
      'the row is on the target',
      async () => (await sql(servers.target, 'app', 'select from mal.item where id = 2')).length === 1,
    );
    const follower = major < 16 ? 'postgres' : 'mallory';
    expect(seen(servers.target, applied)).toEqual(
      ['check', 'domain', 'generated column', 'index', 'trigger'].map(place => `${place} as ${follower}`),
    );
    expect(gained(before, await rightsOf([servers.source], 'mallory'))).toEqual([]);
    for (const named of ['check positive of mal.item (mal.ran(text,integer))', 'check runs of mal.xml (query_to_xml('])
      expect(finding?.message).toContain(named);
    // The statement shows what each of them does.
    paste(servers.source, 'app', finding?.remedy);
    // Followed: a role that is no superuser has nothing to lend.
    await sql(servers.target, 'postgres', 'create role loader login createdb createrole');
    expect(
      ofCode(await findingsFor({ source: servers.source, target: servers.target, targetUser: 'loader' }), 'PGM422'),
    ).toEqual([]);

    if (major >= 17) await keepsLoginTriggersOut();
    await workspace.succeeds('destroy', '--auto-approve');
  });
});
