import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planMigration } from '../../src/apply/plan-migration.js';
import { readStatus } from '../../src/apply/read-status.js';
import { UserError } from '../../src/errors.js';
import { processEnvironment } from '../../src/postgres/environment.js';
import { StatementError } from '../../src/postgres/errors.js';
import { plain } from '../../src/render/palette.js';
import { renderPlanJson } from '../../src/render/plan-json.js';
import { renderPlanMarkdown } from '../../src/render/plan-markdown.js';
import { renderPlan } from '../../src/render/plan-text.js';
import { loadSpecText } from '../../src/spec/load-spec.js';
import type { Spec } from '../../src/spec/spec.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, useServers } from '../support/servers.js';
import { startAlteringProxy, type Alter, type AlteringProxy } from './altering-proxy.js';

const long = process.env['PGM_FUZZ'] === 'long';
const seed = Number(process.env['PGM_SEED'] ?? (long ? Date.now() % 1_000_000 : 11));
const numRuns = long ? 5_000 : 12;

const hostileTexts = [
  '',
  'NaN',
  '-1',
  '1e999',
  '99999999999999999999999',
  'x'.repeat(100_000),
  `a\r\n::error file=a.ts::pwned\u001b[2J\u001b]0;t\u0007`,
  `'; drop database postgres; --`,
  '0/0',
  '{}',
  '[[1],2]',
  '{NULL,a,{b}}',
];
const hostileValues: readonly unknown[] = [
  ...hostileTexts,
  null,
  true,
  -1,
  1e300,
  0.5,
  {},
  { toString: 1, length: -1 },
  [],
  [[[]]],
  'a\0b',
  Array.from({ length: 10_000 }, () => null),
];

/** Types that make something else of a text: boolean, int8, int4, oid, json, float8, timestamptz, text[], numeric. */
const types = [16, 20, 23, 26, 114, 701, 1184, 1009, 1700];

/** A value within a JSON text becomes another; any other text becomes one of those, or is taken for another type. */
function alterWith(steps: readonly number[], pick: number): Alter {
  return value => {
    const type = types[(steps[0] ?? 0) % (types.length * 3)];
    if (value === null || !/^[[{]/.test(value))
      return { value: hostileTexts[pick % hostileTexts.length] ?? null, ...(type === undefined ? {} : { type }) };
    try {
      return { value: JSON.stringify(within(JSON.parse(value), steps, hostileValues[pick % hostileValues.length])) };
    } catch {
      return { value: hostileTexts[pick % hostileTexts.length] ?? null };
    }
  };
}

function within(value: unknown, [step, ...steps]: readonly number[], instead: unknown): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return instead;
  const keys = Object.keys(value);
  const key = keys[step % (keys.length + 1)];
  if (key === undefined) return instead;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
  copy[key] = within(copy[key], steps, instead);
  return copy;
}

describe(`values that PostgreSQL does not say (seed ${seed})`, { timeout: long ? 7_200_000 : 300_000 }, () => {
  const servers = useServers(
    { source: { major: 16, settings: logicalSettings }, target: { major: 18, settings: logicalSettings } },
    { leakCheck: false },
  );
  const workspace = useWorkspace();
  let proxies: readonly [AlteringProxy, AlteringProxy];
  let spec: Spec;

  beforeAll(async () => {
    await createDatabase(
      servers.source,
      'shop',
      `create schema s; create type s.mood as enum ('a'); create extension if not exists plpgsql;
       create table s.item (id serial primary key, m s.mood, v text check (v <> ''), g int generated always as (1) stored);
       create table s.part (id int not null) partition by range (id); create table s.part1 partition of s.part for values from (0) to (9);
       create view s.v as select * from s.item; create index on s.item (v); comment on table s.item is 'c'; alter table s.part1 replica identity full;
       insert into s.item (v) select 'v' || g from generate_series(1, 10) g; create publication other for table s.item`,
    );
    proxies = [await startAlteringProxy(servers.source), await startAlteringProxy(servers.target)];
    const [source, target] = proxies.map(({ port }, at) => ({ ...(at === 0 ? servers.source : servers.target), port }));
    if (source === undefined || target === undefined) throw new Error('no proxies');
    const text = specText(source, target, 'databases: {include: [shop]}\nreplica_identity: {missing: full}').replaceAll(
      '/postgres\n',
      '/postgres?sslmode=disable\n',
    );
    workspace.write('pgm.yaml', text);
    spec = loadSpecText(text, join(workspace.folder, 'pgm.yaml'), { ...processEnvironment(), env: {} }).spec;
  });
  afterAll(() => Promise.all(proxies.map(proxy => proxy.close())));

  /** What people would see; what is thrown is for them to act on. */
  async function seen(): Promise<string> {
    try {
      const plan = await planMigration(spec, { resync: [] });
      const status = await readStatus(spec);
      return [
        renderPlan(plan, { palette: plain, verbose: true }),
        renderPlanMarkdown(plan),
        renderPlanJson(plan),
        JSON.stringify(status).replaceAll('\\u', ''),
      ].join('\n');
    } catch (error) {
      if (error instanceof UserError || error instanceof StatementError) return '';
      throw error;
    }
  }

  async function lies(): Promise<void> {
    for (const proxy of proxies) {
      proxy.rest();
      await seen();
      const { rows } = proxy;
      await fc.assert(
        fc.asyncProperty(
          fc.nat({ max: rows }),
          fc.nat({ max: 40 }),
          fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 7 }),
          fc.nat({ max: hostileValues.length - 1 }),
          async (at, value, steps, pick) => {
            proxy.alterRow(at, value, alterWith(steps, pick));
            const text = await seen();
            expect(/[\u0000-\u0008\u000b-\u001f\u007f]|^\s*::/m.exec(text)).toBeNull();
          },
        ),
        { seed, numRuns: numRuns / 2, endOnFailure: !long },
      );
      proxy.rest();
    }
  }

  it.runIf(long)('plan and status of something that is to be made end in words', lies);

  it('plan and status of what is in sync do', async () => {
    await workspace.succeeds('apply', '--auto-approve');
    await lies();
    await workspace.succeeds('destroy', '--auto-approve');
  });
});
