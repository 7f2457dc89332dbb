import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { TableFacts } from '../../src/inspect/facts.js';
import { inspectServers } from '../../src/inspect/inspect.js';
import { isBinarySafe, type TypeTraits } from '../../src/inspect/types.js';
import { specFor } from '../checks/readiness.js';
import { createDatabase, sql, useServers } from '../support/servers.js';

const servers = useServers({ source: { major: 14, settings: { wal_level: 'logical' } }, target: { major: 18 } });

/** Types whose oids differ between the servers. */
const userTypes = `
  create type mood as enum ('sad', 'glad');
  create type pair as (a int, b text);
  create type moods as (a int, m mood);
  create domain positive as int check (value > 0);
  create domain tags as text[];
  create domain spans as mood[];
  create type floatrange as range (subtype = float8);`;

/** A column for each: type, a value. */
const columns: readonly (readonly [type: string, value: string])[] = [
  ['boolean', 'true'], ['bytea', `'\\x00ff'`], ['"char"', `'x'`], ['name', `'n'`], ['bigint', '-5'], ['smallint', '5'], ['integer', '7'], ['text', `'ü'`],
  ['oid', '4294967295'], ['json', `'{"a":1}'`], ['jsonb', `'{"a":[1]}'`], ['jsonpath', `'$.a'`], ['real', `'NaN'`], ['double precision', `'-0'`], ['money', '12.5'],
  ['char(5)', `'ab'`], ['varchar(9)', `'ab'`], ['date', `'infinity'`], ['time', `'12:00:00.000001'`], ['timetz', `'12:00+02'`], ['timestamp', `'2000-01-01'`],
  ['timestamptz', `'-infinity'`], ['interval', `'1 month -3 days 0.5s'`], ['bit(3)', `B'101'`], ['bit varying', `B'1'`], ['numeric', `'1.00'`], ['numeric(8,2)', `'NaN'`],
  ['uuid', `'00000000-0000-4000-8000-000000000001'`], ['inet', `'10.0.0.1/8'`], ['cidr', `'10.0.0.0/8'`], ['macaddr', `'08:00:2b:01:02:03'`], ['macaddr8', `'08:00:2b:01:02:03:04:05'`],
  ['point', `'(1,2)'`], ['lseg', `'[(0,0),(1,1)]'`], ['path', `'[(0,0),(1,1)]'`], ['box', `'(1,1),(0,0)'`], ['polygon', `'((0,0),(1,1),(1,0))'`], ['line', `'{1,2,3}'`], ['circle', `'<(0,0),1>'`],
  ['tsvector', `'a:1 b'`], ['tsquery', `'a & b'`], ['pg_lsn', `'1/2'`], ['txid_snapshot', `'1:3:2'`], ['pg_snapshot', `'1:3:2'`],
  ['int4range', `'[1,5)'`], ['tstzrange', `'[2000-01-01,)'`], ['int8multirange', `'{[1,5),[7,9)}'`], ['integer[]', `'{{1,2},{3,4}}'`], ['text[]', `'{a,NULL}'`], ['tsrange[]', `'{"[2000-01-01,)"}'`],
  ['mood', `'glad'`], ['positive', '3'], ['tags', `'{a,b}'`], ['floatrange', `'[1.5,2)'`], ['pair', `row(1, 'x')`],
  ['mood[]', `'{sad}'`], ['positive[]', `'{3}'`], ['moods', `row(1, 'sad')`], ['pair[]', `array[row(1, 'x')::pair]`], ['spans', `'{sad}'`], ['floatrange[]', `'{"[1,2)"}'`],
]; // prettier-ignore

it(
  'calls a column binary-safe only when its binary copy means the same ' +
    'on a server of another version with other oids',
  async () => {
    const script = `${userTypes} ${columns.map(([type], index) => `create table c${index} (v ${type});`).join('\n')}`;
    await createDatabase(servers.source, 'types', script);
    // Here the user types come after others, so that their oids differ.
    await createDatabase(
      servers.target,
      'types',
      `do $$ begin for i in 1..1000 loop execute format('create type before%s ` +
        `as enum ()', i); end loop; end $$; ${script}`,
    );
    await sql(
      servers.source,
      'types',
      columns.map(([, value], index) => `insert into c${index} values (${value});`).join('\n'),
    );
    const facts = await inspectServers(specFor({ source: servers.source, target: servers.target }));
    const tables: readonly TableFacts[] = facts.databases.find(({ name }) => name === 'types')?.source.tables ?? [];
    const safe = columns.filter(
      (_, index) => tables.find(({ name }) => name === `c${index}`)?.columns[0]?.binarySafe === true,
    );
    const unsafe = columns.filter(column => !safe.includes(column)).map(([type]) => type);
    expect(unsafe).toEqual([]);
    for (const [index, [type]] of columns.entries()) {
      const file = join(servers.source.folder, 'data', `c${index}.copy`);
      await sql(servers.source, 'types', `copy c${index} to '${file}' (format binary)`);
      await sql(servers.target, 'types', `copy c${index} from '${file}' (format binary)`);
      const arrived = await sql<{ v: string }>(
        servers.target,
        'types',
        `set extra_float_digits = 3; select v::text as v from c${index}`,
      );
      expect(arrived, type).toEqual(
        await sql(servers.source, 'types', `set extra_float_digits = 3; select v::text as v from c${index}`),
      );
    }
  },
);

it(
  'leaves arrays and composites of user types to the text format for a ' +
    'server before 14, which insists on its own oids',
  () => {
    const traits = (oid: string, more: Partial<TypeTraits>): [string, TypeTraits] => [
      oid,
      {
        oid,
        name: `t${oid}`,
        kind: 'b',
        builtIn: false,
        of: null,
        isArray: false,
        attributes: [],
        hasOperatorClass: true,
        ...more,
      },
    ];
    const types = new Map([
      traits('23', { name: 'int4', builtIn: true }),
      traits('1007', { name: '_int4', builtIn: true, of: '23', isArray: true }),
      traits('20000', { kind: 'e' }),
      traits('20001', { of: '20000', isArray: true }),
      traits('20002', { kind: 'c', attributes: ['23', '20000'] }),
      traits('20003', { kind: 'c', attributes: ['23'] }),
      traits('20004', { name: 'hstore' }),
      traits('20005', { kind: 'd', of: '1007' }),
    ]);
    const safe = (receiver: number): string[] => [...types.keys()].filter(oid => isBinarySafe(types, oid, receiver));
    expect(safe(130000)).toEqual(['23', '1007', '20000', '20003', '20005']);
    expect(safe(140000)).toEqual(['23', '1007', '20000', '20001', '20002', '20003', '20005']);
  },
);
