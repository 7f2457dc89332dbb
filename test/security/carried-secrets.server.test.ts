import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findingsFor, ofCode } from '../checks/readiness.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value } from '../support/servers.js';

/** Whatever a server can record of statements, it does. */
const recorded = {
  ...logicalSettings,
  shared_preload_libraries: 'pg_stat_statements,auto_explain',
  'pg_stat_statements.track': 'all',
  log_statement: 'all',
  log_min_duration_statement: 0,
  log_error_verbosity: 'verbose',
  'auto_explain.log_min_duration': 0,
  'auto_explain.log_nested_statements': 'on',
} as const;

const secrets = {
  wrapper: 'wrapper-s3cret',
  server: 'server-s3cret',
  mapping: "mapping-s3'cret\\1",
  table: 'table-s3cret',
  subscription: 'subscription-s3cret',
  role: 'role-s3cret',
  setting: 'setting-s3cret',
};
/** Without quotes and backslashes, which logs may write otherwise. */
const traces = /[a-z]+-s3/;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

describe('passwords in the definitions of users', { timeout: 180_000 }, () => {
  const servers = useServers(
    { source: { major: 16, settings: recorded }, target: { major: 18, settings: recorded } },
    { leakCheck: false },
  );
  const workspace = useWorkspace();

  it('come along, are told (PGM424), and are in no log, view, file or output', async () => {
    await createDatabase(
      servers.source,
      'vault',
      `create role reader login password ${literal(secrets.role)}; create role mover login;
       alter role reader set app.jwt_secret = ${literal(secrets.setting)};
       alter database vault set app.url = 'postgres://u:${secrets.setting}@h/d'; create table t (id int primary key);
       create foreign data wrapper far options (secret ${literal(secrets.wrapper)});
       create server there foreign data wrapper far options (host 'db', password ${literal(secrets.server)});
       create user mapping for reader server there options (user 'u', password ${literal(secrets.mapping)});
       create user mapping for public server there options (user 'all');
       create foreign table f (id int options (name 'x')) server there options (token ${literal(secrets.table)});
       create subscription theirs connection 'host=127.0.0.1 dbname=x password=${secrets.subscription}'
         publication p with (connect = false, slot_name = none)`,
    );
    const made = readFileSync(join(servers.source.folder, 'server.log'), 'utf8').length;
    // What keeps the text of each definition, as an audit would.
    await createDatabase(
      servers.target,
      'vault',
      `create extension pg_stat_statements;
       create function public.audit() returns event_trigger language plpgsql as $f$ begin
         raise log 'AUDIT %', current_query(); end $f$;
       create event trigger audit on ddl_command_end execute function public.audit();
       alter event trigger audit enable always`,
    );
    const found = async (sourceUser = 'postgres'): Promise<readonly string[]> =>
      ofCode(await findingsFor({ source: servers.source, target: servers.target, sourceUser }), 'PGM424').map(
        ({ severity, message }) => `${severity}: ${message}`,
      );
    expect(await found()).toEqual([
      'info: passwords come along with the definitions of foreign-data wrapper far, server there, ' +
        'user mapping for reader on server there, subscription theirs',
    ]);
    expect(await found('mover')).toEqual([
      'info: passwords come along with the definitions of foreign-data wrapper far, server there',
      'warning: the role may not read the options of user mapping for public on server there, ' +
        'user mapping for reader on server there: made without them on the target',
    ]);

    workspace.write('pgm.yaml', specText(servers.source, servers.target, 'databases: {include: [vault]}'));
    const said: string[] = [];
    for (const command of [
      ['plan', '--verbose'],
      ['apply', '--auto-approve', '--debug'],
      ['status', '--json'],
      ['cutover', '--auto-approve', '--json'],
      ['plan', '--json'],
      ['close', '--auto-approve'],
      ['report'],
    ]) {
      const { stdout, stderr } = await workspace.succeeds(...command);
      said.push(stdout, stderr);
    }
    // They did come along.
    expect(
      await sql(
        servers.target,
        'vault',
        `select array(select unnest(umoptions) from pg_user_mapping) || array(select unnest(srvoptions) from pg_foreign_server)
           || array(select unnest(fdwoptions) from pg_foreign_data_wrapper) || array(select unnest(ftoptions) from pg_foreign_table)
           || array(select subconninfo from pg_subscription where subname = 'theirs') as options`,
      ),
    ).toEqual([
      {
        options: expect.arrayContaining(
          [secrets.mapping, secrets.server].map(secret => `password=${secret}`),
        ) as readonly string[],
      },
    ]);
    expect(await sql(servers.target, 'vault', 'select unnest(setconfig) as setting from pg_db_role_setting')).toEqual(
      expect.arrayContaining([{ setting: `app.jwt_secret=${secrets.setting}` }]),
    );
    const logs = [
      readFileSync(join(servers.source.folder, 'server.log'), 'utf8').slice(made),
      readFileSync(join(servers.target.folder, 'server.log'), 'utf8'),
    ];
    expect(logs[1]).toContain('AUDIT ');
    const views = await Promise.all(
      [servers.target].map(server => sql<{ query: string }>(server, 'vault', 'select query from pg_stat_statements')),
    );
    const files = readdirSync(workspace.folder).map(name => readFileSync(join(workspace.folder, name), 'utf8'));
    expect(
      [...logs, ...said, ...files, ...views.flat().map(({ query }) => query)]
        .flatMap(text => text.split('\n'))
        .filter(line => traces.test(line)),
    ).toEqual([]);
    // The trap is a real one.
    await sql(servers.target, 'vault', "comment on server there is 'seen-s3cret'");
    expect(readFileSync(join(servers.target.folder, 'server.log'), 'utf8')).toMatch(/AUDIT .*seen-s3cret/);
    expect(
      await value(servers.target, 'vault', "select count(*)::text from pg_subscription where subname = 'theirs'"),
    ).toBe('1');
  });
});
