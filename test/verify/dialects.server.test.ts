import { describe, expect, it } from 'vitest';
import { withConnection } from '../../src/postgres/connect.js';
import { prepareTables } from '../../src/verify/comparable.js';
import { chooseDialect, type Dialect } from '../../src/verify/dialect.js';
import { findRows } from '../../src/verify/rows.js';
import type { Pair } from '../../src/verify/sides.js';
import { bucketTotals, totals } from '../../src/verify/sums.js';
import { createDatabase, useServers } from '../support/servers.js';
import { conninfo } from './comparing.js';

const servers = useServers({ source: { major: 14 }, target: { major: 16 } });

const script = `
  create table thing (id bigint, part text, n numeric, f float8, t text, a int[], j json, c char(4), primary key (id, part));
  insert into thing select n, 'p' || n % 3, n / 7.0, n / 3.0, md5(n::text), array[n, null], json_build_object('n', n), 'x' from generate_series(1, 500) n;
  insert into thing (id, part) values (501, ''), (502, 'é')`;

const dialects: readonly Dialect[] = (['values', 'text', 'sha256'] as const).flatMap(hash =>
  [false, true].map(convert => ({ hash, convert, textTravels: true })),
);

async function withPair<T>(database: string, use: (pair: Pair) => Promise<T>): Promise<T> {
  const options = { database, purpose: 'verify' };
  return withConnection(conninfo(servers.source), options, source =>
    withConnection(conninfo(servers.target), options, target => use({ source, target })),
  );
}

describe('hashing', () => {
  it('takes typed values where both servers hash them alike, of 14 and 16', async () => {
    await withPair('postgres', async pair => {
      expect(await chooseDialect(pair)).toEqual({ hash: 'values', convert: false, textTravels: true });
    });
  });

  it('takes a value as its output function gives it: no encoding of xml, no padding, no cast of users', async () => {
    const types = `
      create type mood as enum ('low', 'high');
      create type pair as (a int, b text);
      create domain feeling as mood;
      create function told(mood) returns text language plpgsql as $$ begin raise 'a cast of users was called'; end $$;
      create function told(pair) returns text language plpgsql as $$ begin raise 'a cast of users was called'; end $$;
      create cast (mood as text) with function told(mood) as implicit;
      create cast (pair as text) with function told(pair) as assignment;
      create table shown (m mood primary key, d xml, p pair, f feeling, moods mood[], docs xml[], c char(4));`;
    const insert = (encoding: string): string =>
      `${types} insert into shown select 'high'::mood, e::xml, '(1,x)'::pair, 'low'::feeling, ` +
      `'{low,high}'::mood[], array[e::xml], 'x' from (values ('<?xml version="1.0"${encoding}?><a/>')) v (e)`;
    await createDatabase(servers.source, 'shown', insert(' encoding="UTF-8"'));
    await createDatabase(servers.target, 'shown', insert(''));
    await withPair('shown', async pair => {
      for (const dialect of dialects) {
        const table = { schema: 'public', name: 'shown', dataBytes: 0, rowEstimate: 0 };
        const { comparable } = await prepareTables(pair, [table], dialect);
        const [source] = await totals(pair.source, 'source', comparable, 'rows');
        expect(source).toMatchObject({ rows: 1 });
        expect((await totals(pair.target, 'target', comparable, 'rows'))[0], JSON.stringify(dialect)).toEqual(source);
      }
    });
  });

  it('gives both servers the same sums in every dialect, and others for one changed value', async () => {
    await createDatabase(servers.source, 'hashed', script);
    await createDatabase(
      servers.target,
      'hashed',
      `${script}; create table changed (like thing including all); insert into changed table thing`,
    );
    await withPair('hashed', async pair => {
      for (const dialect of dialects) {
        const { comparable } = await prepareTables(
          pair,
          [{ schema: 'public', name: 'thing', dataBytes: 0, rowEstimate: 0 }],
          dialect,
        );
        const total = async (side: 'source' | 'target'): Promise<unknown> =>
          (await totals(pair[side], side, comparable, 'rows'))[0];
        const expected = await total('source');
        expect(expected).toMatchObject({ rows: 502 });
        expect(await total('target'), JSON.stringify(dialect)).toEqual(expected);

        await pair.target.execute('begin; update public.thing set j = \'{"n": 7}\' where id = 7');
        expect(await total('target'), JSON.stringify(dialect)).not.toEqual(expected);
        await pair.target.execute('rollback');
      }
    });
  });

  it('finds a row again by its key, and by its identity where a key cannot be looked up', async () => {
    await withPair('hashed', async pair => {
      const { comparable } = await prepareTables(
        pair,
        [{ schema: 'public', name: 'thing', dataBytes: 0, rowEstimate: 0 }],
        { hash: 'values', convert: false, textTravels: true },
      );
      const [table] = comparable;
      if (table === undefined) throw new Error('no table');
      const all = await findRows(pair.source, 'source', table, 'rows', { kind: 'buckets', mask: 0, buckets: [0] });
      const wanted = [...all.values()].filter(row => row.key[0] === '77' || row.key[1] === 'é');
      expect(wanted).toHaveLength(2);
      for (const canLookUp of [true, false]) {
        const found = await findRows(pair.target, 'target', { ...table, canLookUp }, 'rows', {
          kind: 'wanted',
          rows: wanted,
        });
        expect([...found.values()].map(({ identity, value, key }) => ({ identity, value, key }))).toEqual(
          expect.arrayContaining(wanted.map(({ identity, value, key }) => ({ identity, value, key }))),
        );
        expect(found.size).toBe(2);
      }
    });
  });

  it('adds the buckets up to the whole', async () => {
    await withPair('hashed', async pair => {
      const { comparable } = await prepareTables(
        pair,
        [{ schema: 'public', name: 'thing', dataBytes: 0, rowEstimate: 0 }],
        { hash: 'values', convert: false, textTravels: true },
      );
      const [table] = comparable;
      if (table === undefined) throw new Error('no table');
      const [whole] = await totals(pair.source, 'source', comparable, 'rows');
      const buckets = [...(await bucketTotals(pair.source, 'source', table, 'rows', 15)).values()];
      expect(buckets).toHaveLength(16);
      expect({
        rows: buckets.reduce((sum, { rows }) => sum + rows, 0),
        sum: buckets.reduce((sum, bucket) => sum + bucket.sum, 0n),
      }).toEqual(whole);
    });
  });
});
