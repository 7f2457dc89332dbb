import { describe, expect, it } from 'vitest';
import { serverBin } from '../support/majors.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, sql, useServers, value } from '../support/servers.js';

const tables = `
create type mood as enum ('low', 'high');
create table plain (id int primary key, word text, tags text[], feeling mood, span int4range, share real, document jsonb, nothing text);
insert into plain select n, 'word ' || n % 7, array['a', 'tag ' || n % 3], (array['low', 'high'])[1 + n % 2]::mood, int4range(n, n + n % 9), n / 3.0::real, '{}', null from generate_series(1, 3000) n;
create table mixed (id int primary key, "Odd ""name""" text, doubled int generated always as (id * 2) stored);
alter table mixed alter column "Odd ""name""" set statistics 0;
insert into mixed (id) select generate_series(1, 100);
create table folded (word text); create index on folded (lower(word));
insert into folded select 'W' || n from generate_series(1, 500) n;
create table related (a int, b int); create statistics related_ab on a, b from related;
insert into related select n, n from generate_series(1, 500) n;
create table changed (a int);
insert into changed select generate_series(1, 200);
create table days (day date, span interval);
insert into days select date '2026-01-01' + n % 12, make_interval(hours => -n, days => n) from generate_series(1, 500) n;
create table bloated (id int primary key, filler text);
insert into bloated select n, repeat('x', 200) from generate_series(1, 5000) n;
delete from bloated where id % 5 <> 0;
create table never (a int) with (autovacuum_enabled = off);
insert into never select generate_series(1, 500);`;

const statistics = (table: string): string => `
select string_agg(concat_ws(' ', attname, inherited, null_frac, avg_width, n_distinct, most_common_vals, most_common_freqs, histogram_bounds, correlation, most_common_elems, most_common_elem_freqs, elem_count_histogram), E'\\n' order by attname)
from pg_stats where schemaname = 'public' and tablename = '${table}'`;

describe.each(([18, 16] as const).filter(major => serverBin(major) !== undefined))('from %i to 18', major => {
  const servers = useServers({
    source: { major, settings: { autovacuum: 'off' } },
    target: { major: 18, settings: { autovacuum: 'off' } },
  });
  const workspace = useWorkspace();

  it('takes over the statistics that the source has, and collects those that cannot be taken over', async () => {
    await createDatabase(servers.source, 'shop', tables);
    await sql(servers.source, 'shop', 'analyze plain, mixed, folded, related, changed, days');
    await sql(servers.source, 'shop', 'vacuum analyze bloated');
    await sql(servers.source, 'shop', "alter database shop set datestyle = 'SQL, DMY'");
    await sql(servers.source, 'shop', "alter database shop set intervalstyle = 'sql_standard'");
    await sql(servers.source, 'shop', 'insert into changed select generate_series(1, 400)');
    // What no sample of the rows would give.
    if (major === 18)
      await sql(
        servers.source,
        'shop',
        "select pg_restore_attribute_stats('schemaname', 'public', 'relname', 'plain', " +
          "'attname', 'id', 'inherited', false, 'n_distinct', -0.25::real)",
      );
    else
      await sql(
        servers.source,
        'shop',
        "update pg_statistic set stadistinct = -0.25 where starelid = 'plain'::regclass and staattnum = 1",
      );
    workspace.write('pgm.yaml', specText(servers.source, servers.target, 'method: dump'));
    const { code, stdout, stderr } = await workspace.pgm('apply', '--auto-approve');
    expect(code, stdout + stderr).toBe(0);

    for (const table of ['plain', 'mixed', 'days', 'bloated']) {
      const expected = await value(servers.source, 'shop', statistics(table));
      expect(expected).not.toBeNull();
      expect(await value(servers.target, 'shop', statistics(table))).toBe(expected);
    }
    expect(
      await value(
        servers.target,
        'shop',
        "select n_distinct from pg_stats where tablename = 'plain' and attname = 'id'",
      ),
    ).toBe('-0.25');
    expect(
      await value(
        servers.target,
        'shop',
        "select string_agg(relname || ' ' || reltuples, ', ' order by relname) from pg_class " +
          "where relkind = 'r' and relnamespace = 'public'::regnamespace",
      ),
    ).toBe('bloated 1000, changed 600, days 500, folded 500, mixed 100, never 500, plain 3000, related 500');
    // As many pages as there are, and what is expected of them.
    const [planned] = await sql<{ 'QUERY PLAN': readonly { Plan: { 'Plan Rows': number } }[] }>(
      servers.target,
      'shop',
      'explain (format json) select from bloated',
    );
    expect(planned?.['QUERY PLAN'][0]?.Plan['Plan Rows']).toBe(1000);
    // Collected there: of the expression, of both columns together, of all rows.
    expect(
      await value(
        servers.target,
        'shop',
        "select string_agg(distinct tablename, ' ' order by tablename) from pg_stats where schemaname = 'public'",
      ),
    ).toBe('bloated changed days folded folded_lower_idx mixed never plain related');
    expect(
      await value(
        servers.target,
        'shop',
        "select count(*) from pg_stats_ext where statistics_name = 'related_ab' and n_distinct is not null",
      ),
    ).toBe('1');
    expect(
      await value(
        servers.target,
        'shop',
        "select string_agg(relname, ' ' order by relname) from pg_stat_user_tables " +
          "where analyze_count > 0 and schemaname = 'public'",
      ),
    ).toBe('changed folded never related');
  });
});
