import { expect, it } from 'vitest';
import type { ArchiveEntry } from '../../src/copy/archive-script.js';
import { readTableIndexes } from '../../src/copy/table-indexes.js';
import type { Connection } from '../../src/postgres/connection.js';

const settings = "SET default_tablespace = '';\nSET default_table_access_method = heap;\n";
const addKey = 'ALTER TABLE ONLY public.t\n    ADD CONSTRAINT t_pkey PRIMARY KEY (id);\n';
const entry: ArchiveEntry = {
  key: '2606 7 CONSTRAINT public t t_pkey',
  dumpId: 1,
  classOid: '2606',
  oid: '7',
  type: 'CONSTRAINT',
  schema: 'public',
  name: 't t_pkey',
  owner: 'ann',
  dependencies: [],
  sql: `${settings}${addKey}`,
};
const row = {
  index_oid: '6',
  constraint_oid: '7',
  constraint_type: 'p',
  deferrability: '',
  schema: 'public',
  name: 't',
  index_name: 't_pkey',
  definition: 'CREATE UNIQUE INDEX t_pkey ON public.t USING btree (id)',
  partitioned: false,
  bytes: 100,
};

async function twoStepsOf(change: Partial<typeof row>, sql = entry.sql): Promise<unknown> {
  const source = { rows: () => Promise.resolve([{ ...row, ...change }]) } as unknown as Connection;
  const [table] = await readTableIndexes(source, [{ ...entry, sql }]);
  return table?.indexes[0]?.twoSteps;
}

const attached = 'alter table only "public"."t" add constraint "t_pkey" primary key using index "t_pkey";\n';

it.each([
  ['a key after the settings that pg_restore writes', {}, entry.sql, attached],
  ['a key without settings', {}, addKey, attached],
  [
    'what follows the key',
    {},
    `${settings}${addKey}\nALTER TABLE public.t CLUSTER ON t_pkey;\n`,
    `${attached}\nALTER TABLE public.t CLUSTER ON t_pkey;\n`,
  ],
  [
    'a deferrable unique key',
    { constraint_type: 'u', deferrability: ' deferrable' },
    entry.sql,
    attached.replace('primary key', 'unique').replace(';', ' deferrable;'),
  ],
])('builds the index first and keeps %s', async (_, change, sql, attach) => {
  expect(await twoStepsOf(change, sql)).toEqual({ build: `${row.definition};`, attach });
});

it.each([
  ['of a partitioned table', { partitioned: true }, entry.sql],
  ['that excludes', { constraint_type: 'x', definition: 'CREATE INDEX t_pkey ON public.t USING gist (id)' }, entry.sql],
  ['without overlaps', { definition: 'CREATE UNIQUE INDEX t_pkey ON public.t USING gist (id, at)' }, entry.sql],
  ['in a tablespace', {}, `SET default_tablespace = fast;\n${addKey}`],
])('makes a key %s in one step', async (_, change, sql) => {
  expect(await twoStepsOf(change, sql)).toBeNull();
});
