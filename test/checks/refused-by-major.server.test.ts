import { afterEach, describe, expect, it } from 'vitest';
import { serverBin } from '../support/majors.js';
import { createDatabase, dropDatabases, sql, useServers } from '../support/servers.js';
import { findingsFor, ofCode, paste } from './readiness.js';

describe.skipIf(serverBin(19) === undefined)('what PostgreSQL 19 refuses', () => {
  const servers = useServers({ source: { major: 18 }, target: { major: 19 } });
  const wish = { lines: ['method: dump', 'databases: {exclude: [postgres]}'] };

  afterEach(async () => {
    await dropDatabases(servers.source, 'app', 'two\nlines', 'two lines');
    await sql(servers.source, 'postgres', 'drop role if exists "old\nname", "old name", app');
  });

  it('PGM318: names with a line break and settings that are no more', async () => {
    const both = { ...wish, source: servers.source, target: servers.target };
    await createDatabase(servers.source, 'two\nlines', 'create table t (id int primary key)');
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    await sql(
      servers.source,
      'postgres',
      `create role "old\nname"; create role app; alter role app set escape_string_warning = off;
       alter database app set standard_conforming_strings = off; alter role app in database app set escape_string_warning = off;
       alter database app set work_mem = '5MB'; alter role app set standard_conforming_strings = on`,
    );
    const found = ofCode(await findingsFor(both), 'PGM318');
    expect(found.map(({ severity, object }) => `${severity} ${object ?? ''}`).toSorted()).toEqual([
      'error old\nname',
      'error two\nlines',
      'warning database app',
      'warning role app',
      'warning role app in database app',
    ]);
    for (const { remedy } of found) paste(servers.source, 'postgres', remedy);
    expect(ofCode(await findingsFor(both), 'PGM318')).toEqual([]);
  });

  it('PGM522: functions that set what is no more', async () => {
    await createDatabase(
      servers.source,
      'app',
      `create function quiet() returns int language sql set escape_string_warning = off as 'select 1';
       create procedure old(int) language sql set standard_conforming_strings = off as 'select 1';
       create function fine() returns int language sql set standard_conforming_strings = on set work_mem = '5MB' set my.own = 'x' as 'select 1'`,
    );
    const both = { ...wish, source: servers.source, target: servers.target };
    const found = ofCode(await findingsFor(both), 'PGM522');
    expect(found.map(({ severity, required }) => [severity, required]).toSorted()).toEqual([
      ['error', 'escape_string_warning'],
      ['error', 'standard_conforming_strings = off'],
    ]);
    for (const { remedy } of found) paste(servers.source, 'app', remedy);
    expect(ofCode(await findingsFor(both), 'PGM522')).toEqual([]);
  });
});
