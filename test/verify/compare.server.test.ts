import { describe, expect, it } from 'vitest';
import { canBeSource, serverBin, type Major } from '../support/majors.js';
import { createDatabase, dropDatabases, sql, useServers, value, type LocalServer } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import type { FinishedTable } from '../../src/verify/finished-tables.js';
import { compare, compareScripts, differing } from './comparing.js';

/** One table with every kind of type: hashed as it is, by text, of the user's own. */
const types = `
  create type mood as enum ('sad', 'ok', 'glad');
  create type point_of_sale as (till int, "where" point, weights float8[]);
  create domain short_text as varchar(20) check (value <> '');
  create domain shorter_text as short_text check (length(value) < 15);
  create domain whole as numeric(10, 0);
  create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  create table types (
    id int primary key, b bool, c "char", n name, i2 int2, i8 int8, o oid, t text, v varchar, bp char(5), bp_free bpchar, d date, tm time, tmz timetz,
    ts timestamp, tstz timestamptz, iv interval, u uuid, nu numeric, nup numeric(12, 4), f4 float4, f8 float8, m money, by bytea, j json, jb jsonb, x xml,
    p point, po polygon, bits bit varying, ip inet, net cidr, mac macaddr, mac8 macaddr8, lsn pg_lsn, tsv tsvector, tsq tsquery, r int4range, mr int4multirange,
    e mood, pos point_of_sale, ia int[], ta text[], ea mood[], sh short_text, shr shorter_text, w whole, nc text collate nocase, cls regclass, gen int generated always as (id * 2) stored
  );
  insert into types values
    (1, true, 'x', 'a name', -7, 1, 42, 'text', 'varchar', 'ab', 'free  ', '2024-02-29', '23:59:59.9', '12:00+02',
     'infinity', '2024-02-29 12:00:00.123456+03', '1 mon', gen_random_uuid_of(1), 1.0, 3.1415, 'NaN', 0, 12.34, '\\x00ff', '{"a": 1, "a": 2}', '{"a": 1.0}', '<a>1</a>',
     '(1,2)', '((0,0),(1,1),(1,0))', '0101', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '0/16B3748', 'a fat cat', 'fat & cat', '[1,5)', '{[1,2),[5,7)}',
     'glad', '(3,"(1,2)","{1.5,-0}")', '{1,2,NULL}', '{a,"b c",NULL}', '{ok,sad}', 'short', 'shorter', 12, 'Straße', 'types'),
    (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
     null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
    (3, false, '', '', 0, 0, 0, '', '', '', '', '-infinity', '00:00', '00:00+00', '0001-01-01 BC', 'epoch', '0', gen_random_uuid_of(3), 'NaN', 'NaN', 'infinity', '-infinity', 0, '', 'null', 'null', '',
     '(NaN,0)', '((0,0))', '', '::1', '::/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00', '0/0', '', '', 'empty', '{}', 'sad', null, '{}', '{}', '{}', 'x', 'x', 0, '', 'pg_class')`.replaceAll(
  /gen_random_uuid_of\((\d)\)/g,
  "'0000000$1-0000-4000-8000-000000000000'",
);

/** What is changed in a column of row 1, so little that a looser comparison would miss it. */
const slightChanges: readonly (readonly [column: string, value: string])[] = [
  ['t', "'texT'"],
  ['v', "''"],
  ['bp_free', "'free '"],
  ['i8', '4294967296'],
  ['tmz', "'11:00+01'"],
  ['iv', "'30 days'"],
  ['nu', '1.00'],
  ['f4', "'infinity'"],
  ['f8', "'-0'"],
  ['by', "'\\x00fe'"],
  ['j', `'{"a": 2, "a": 2}'`],
  ['jb', `'{"a": 1.00}'`],
  ['x', "'<a>2</a>'"],
  ['p', "'(1,2.0000000000000004)'"],
  ['bits', "'01010'"],
  ['ip', "'10.0.0.1/9'"],
  ['e', "'ok'"],
  ['pos', `'(3,"(1,2)","{1.5,0}")'`],
  ['ia', "'[0:2]={1,2,NULL}'"],
  ['ea', "'{sad,ok}'"],
  ['shr', "'Shorter'"],
  ['nc', "'STRASSE'"],
  ['cls', "'pg_class'"],
  ['t', 'null'],
];

const pairs: readonly (readonly [Major, Major])[] = [
  [15, 15],
  [14, 18],
];

describe.each(pairs.filter(([source, target]) => canBeSource(source) && serverBin(target) !== undefined))(
  'comparing %i with %i',
  (major, otherMajor) => {
    const servers = useServers({ source: { major }, target: { major: otherMajor } });
    const compared = (script: string, change = '', options = {}): Promise<string[]> =>
      compareScripts(servers.source, servers.target, script, change, options).then(differing);

    it('finds all types equal, whatever the order of columns and the defaults of the databases', async () => {
      const databases = 'compared_types';
      await createDatabase(
        servers.source,
        databases,
        `alter database compared_types set timezone = 'Asia/Tokyo'; alter ` +
          `database compared_types set datestyle = 'German'`,
      );
      await createDatabase(
        servers.target,
        databases,
        `alter database compared_types set intervalstyle = 'iso_8601'; alter database compared_types set ` +
          `bytea_output = 'escape'; alter database compared_types set extra_float_digits = -10`,
      );
      try {
        // Oids of enums differ, so does the place of a column.
        await sql(servers.target, databases, "create table first (a int); create type other as enum ('a', 'b', 'c')");
        await sql(servers.source, databases, types);
        await sql(
          servers.target,
          databases,
          `${types}; alter table types rename t to t_old; alter table types add t text; ` +
            'update types set t = t_old; alter table types drop t_old',
        );
        expect(differing(await compare(servers.source, servers.target, databases))).toEqual([]);
      } finally {
        await dropDatabases(servers.source, databases);
        await dropDatabases(servers.target, databases);
      }
    });

    it('finds every slight change of a value and names row and column', async () => {
      const database = 'compared_changes';
      await Promise.all([
        createDatabase(servers.source, database, types),
        createDatabase(servers.target, database, types),
      ]);
      try {
        for (const [column, value] of slightChanges) {
          await sql(
            servers.target,
            database,
            'begin; create table kept as select * from types; update types ' +
              `set ${column} = ${value} where id = 1; commit`,
          );
          expect(differing(await compare(servers.source, servers.target, database)), `${column} = ${value}`).toEqual([
            `types 1 values ${column}`,
          ]);
          await sql(
            servers.target,
            database,
            `update types set ${column} = kept.${column} from kept where kept.id = 1 and types.id = 1; drop table kept`,
          );
        }
        expect(differing(await compare(servers.source, servers.target, database))).toEqual([]);
      } finally {
        await dropDatabases(servers.source, database);
        await dropDatabases(servers.target, database);
      }
    });

    const keyed =
      'create table keyed (a int, b text, v text, primary key (a, b)); insert into keyed ' +
      'select n, n::text, md5(n::text) from generate_series(1, 200) n';
    const keyless =
      "create table keyless (a int, v text); insert into keyless select n % 20, 'x' from generate_series(1, 100) n";
    const large =
      'create table large (id bigint primary key, v text, w jsonb); insert into large select n, ' +
      "md5(n::text), jsonb_build_object('n', n) from generate_series(1, 80000) n";

    it.each([
      ['a missing row', keyed, 'delete from keyed where a = 7', ['keyed 7,7 only-source']],
      ['an extra row', keyed, "insert into keyed values (500, 'x', null)", ['keyed 500,x only-target']],
      [
        'null instead of empty',
        `${keyed}; update keyed set v = '' where a = 3`,
        'update keyed set v = null where a = 3',
        ['keyed 3,3 values v'],
      ],
      [
        'two values exchanged between rows',
        keyed,
        "update keyed set v = case a when 1 then md5('2') else md5('1') end where a in (1, 2)",
        ['keyed 1,1 values v', 'keyed 2,2 values v'],
      ],
      [
        'a changed key',
        keyed,
        "update keyed set b = 'z' where a = 9",
        ['keyed 9,9 only-source', 'keyed 9,z only-target'],
      ],
      [
        'a row that is there twice, where the key is missing',
        keyed,
        'alter table keyed drop constraint keyed_pkey; insert into keyed select * from keyed where a = 5',
        ['keyed 5,5 only-target'],
      ],
      [
        'a row less without a key',
        keyless,
        'delete from keyless where ctid = (select min(ctid) from keyless)',
        ['keyless row only-source'],
      ],
      [
        'rows doubled without a key',
        keyless,
        'insert into keyless select * from keyless where a = 1',
        ['keyless row only-target'],
      ],
      [
        'values exchanged without a key',
        "create table keyless (a int, v text); insert into keyless values (1, 'a'), (2, 'b')",
        "update keyless set v = case v when 'a' then 'b' else 'a' end",
        ['keyless row only-source', 'keyless row only-source', 'keyless row only-target', 'keyless row only-target'],
      ],
      [
        'one changed byte in a table read in parts',
        large,
        "update large set v = overlay(v placing 'X' from 5 for 1) where id = 54321",
        ['large 54321 values v'],
      ],
      [
        'a row by a key of blank-padded text',
        'create table padded (c char(5), d bpchar, v int, primary key (c, d)); insert into ' +
          "padded select n::text, n || ' ', n from generate_series(1, 50) n",
        'update padded set v = 0 where v = 7',
        ['padded 7,7 values v'],
      ],
      [
        'a value that its own cast to text does not show',
        'create type secret as (v text); create function shown(secret) returns text language sql immutable ' +
          "as $$ select '***'::text $$; create cast (secret as text) with function shown(secret); create table " +
          "hidden (id int primary key, s secret); insert into hidden values (1, row('a')), (2, null)",
        "update hidden set s = row('b') where id = 1",
        ['hidden 1 values s'],
      ],
      ['a missing table', keyed, 'drop table keyed', ['keyed missing 200:0']],
      ['a missing column', keyed, 'alter table keyed drop v', ['keyed.v missing on target']],
      ['a column too many', keyed, 'alter table keyed add w int', ['keyed.w missing on source']],
      [
        'a row in a table without columns',
        'create table nothing (); insert into nothing default values',
        'insert into nothing default values',
        ['nothing row only-target'],
      ],
      [
        'a value in a partition',
        'create table parted (id int, v text) partition by range (id); create table low partition of parted ' +
          'for values from (0) to (10); create table high partition of parted for values from (10) to (20); ' +
          "insert into parted select n, 'v' from generate_series(0, 19) n",
        "update parted set v = 'w' where id = 15",
        ['high row only-source', 'high row only-target'],
      ],
    ])('finds %s', async (_, script, change, expected) => {
      expect(await compared(script)).toEqual([]);
      expect(await compared(script, change)).toEqual(expected);
    });

    it('tells a type wider on the target from a changed value', async () => {
      const script =
        'create table widened (id int primary key, n int, v varchar(10)); ' +
        "insert into widened values (1, 5, 'a'), (2, 6, 'b')";
      const wider =
        'alter table widened alter id type bigint; alter table widened alter n ' +
        'type numeric; alter table widened alter v type text';
      expect(await compared(script, wider)).toEqual([]);
      expect(await compared(script, `${wider}; update widened set n = 7 where id = 2`)).toEqual(['widened 2 values n']);
    });

    it('shows values only when asked, and at most 100 rows', async () => {
      const script =
        'create table many (id int primary key, v text); insert into many ' +
        'select n, n::text from generate_series(1, 5000) n';
      const silent = await compareScripts(servers.source, servers.target, script, "update many set v = 'changed'");
      expect(silent.tables[0]?.differing_rows).toHaveLength(100);
      expect(silent.tables[0]?.differing_rows[0]).not.toHaveProperty('values');
      const shown = await compareScripts(
        servers.source,
        servers.target,
        script,
        'delete from many where id = 2; update many set v = null where id = 3',
        { values: true },
      );
      expect(shown.tables[0]?.differing_rows).toEqual([
        {
          key: { id: '2' },
          difference: 'only-source',
          columns: [],
          values: { id: { source: '2', target: null }, v: { source: '2', target: null } },
        },
        { key: { id: '3' }, difference: 'values', columns: ['v'], values: { v: { source: '3', target: null } } },
      ]);
      const blanks = await compareScripts(
        servers.source,
        servers.target,
        "create table blanks (c char(3) primary key, v bpchar); insert into blanks values ('a', 'x ')",
        "update blanks set v = 'x'",
        { values: true, depth: 'sample' },
      );
      expect(blanks.tables[0]?.differing_rows).toEqual([
        { key: { c: 'a' }, difference: 'values', columns: ['v'], values: { v: { source: 'x ', target: 'x' } } },
      ]);
    });

    it('counts rows only when asked to count', async () => {
      expect(await compared(keyed, "update keyed set v = 'x'", { depth: 'counts' })).toEqual([]);
      const fewer = await compareScripts(servers.source, servers.target, keyed, 'delete from keyed where a < 11', {
        depth: 'counts',
      });
      expect(fewer).toMatchObject({
        equal: false,
        tables: [{ rows_source: 200, rows_target: 190, equal: false, method: 'counts' }],
      });
    });

    it('finds widespread damage by a sample, looking at no more than some of the rows', async () => {
      const result = await compareScripts(
        servers.source,
        servers.target,
        large,
        "update large set v = 'x' where id % 10 = 0",
        { depth: 'sample' },
      );
      const [table] = result.tables;
      expect(table?.equal).toBe(false);
      expect(table?.differing_rows.every(row => Number(row.key['id']) % 10 === 0 && row.columns.join() === 'v')).toBe(
        true,
      );
      expect(table?.sampled_rows).toBeGreaterThan(1000);
      expect(table?.sampled_rows).toBeLessThan(20_000);
      expect((await compareScripts(servers.source, servers.target, large, '', { depth: 'sample' })).equal).toBe(true);
    });

    it('reports sequences whose target is behind', async () => {
      const script = `
      create sequence up; create sequence down increment -1; create sequence fresh; create sequence gone; create sequence ahead;
      select setval('up', 10), setval('down', -10), setval('ahead', 5)`;
      const change = "select setval('up', 9), setval('down', -9), setval('ahead', 6); drop sequence gone";
      const sequences = ['up', 'down', 'fresh', 'gone', 'ahead'].map(name => ({ schema: 'public', name }));
      const behind = await compareScripts(servers.source, servers.target, script, change, { sequences });
      expect(behind).toMatchObject({
        equal: false,
        sequences: [
          { name: 'up', source: '10', target: '9' },
          { name: 'down', source: '-10', target: '-9' },
          { name: 'gone', source: '1', target: null },
        ],
      });
      expect(await compareScripts(servers.source, servers.target, script, '', { sequences })).toMatchObject({
        equal: true,
        sequences: [],
      });
    });

    it('goes on where an interrupted comparison ended: only what was written to since is read again', async () => {
      const script =
        'create table kept (id int primary key); create table here (id int primary key); create table there ' +
        '(id int primary key); create table unread (id int primary key); insert into kept values (1); insert ' +
        'into here values (1); insert into there values (1); insert into unread values (1)';
      await Promise.all([
        createDatabase(servers.source, 'resumed', script),
        createDatabase(servers.target, 'resumed', script),
      ]);
      try {
        // A server counts changes up to a second after they were made.
        const counted = async (server: LocalServer): Promise<boolean> =>
          (await value(server, 'resumed', 'select count(*) from pg_stat_user_tables where n_tup_ins = 1')) === '4';
        await waitUntil(
          'both count what there is',
          async () => (await counted(servers.source)) && (await counted(servers.target)),
        );
        const before: FinishedTable[] = [];
        await compare(servers.source, servers.target, 'resumed', {
          finished: { before: [], note: finished => before.push(finished) },
        });
        expect(before.map(({ table }) => table.table).sort()).toEqual(['here', 'kept', 'there', 'unread']);
        await sql(servers.source, 'resumed', 'insert into here values (2)');
        await sql(servers.target, 'resumed', 'delete from there');
        await waitUntil(
          'the source counts it',
          async () =>
            (await value(
              servers.source,
              'resumed',
              "select n_tup_ins from pg_stat_user_tables where relname = 'here'",
            )) === '2',
        );
        await waitUntil(
          'the target counts it',
          async () =>
            (await value(
              servers.target,
              'resumed',
              "select n_tup_del from pg_stat_user_tables where relname = 'there'",
            )) === '1',
        );
        const read: string[] = [];
        const result = await compare(servers.source, servers.target, 'resumed', {
          finished: { before: before.filter(({ table }) => table.table !== 'unread'), note: () => undefined },
          onTable: ({ table }) => read.push(table),
        });
        expect(read.sort()).toEqual(['here', 'there', 'unread']);
        expect(result.tables.map(({ table, equal }) => `${table} ${String(equal)}`)).toEqual([
          'here false',
          'kept true',
          'there false',
          'unread true',
        ]);
      } finally {
        await Promise.all([dropDatabases(servers.source, 'resumed'), dropDatabases(servers.target, 'resumed')]);
      }
    });
  },
);
