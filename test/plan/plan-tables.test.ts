import { describe, expect, it } from 'vitest';
import { planTables } from '../../src/plan/plan-tables.js';
import { databaseState } from '../../src/plan/database-state.js';
import type { TableFates } from '../../src/plan/table-identity.js';
import { someTable } from '../checks/some-facts.js';
import { alteredDatabase, renamed } from './altered-table.js';
import { buildSlot, buildSpec, buildSubscription, lane, streamingWorld } from './build-facts.js';

const spec = buildSpec();
const relation = (name: string, schema = 'public') => ({ schema, name });
const input = {
  ...streamingWorld({ there: { schemas: [{ name: 'public' }] as never } }),
  spec,
  method: 'continuous',
} as const;
const nothing: TableFates = { renamed: [], stale: [], remade: [] };
const made = (fates: Partial<TableFates>, more: Partial<Parameters<typeof planTables>[0]> = {}) => {
  const wish = { ...input, ...more };
  return planTables(wish, { ...databaseState(wish), fates: { ...nothing, ...fates } }).map(each => each.input);
};

describe('the step that gives the target the source’s tables', () => {
  const moved = (schema: string) => ({ oid: '1', from: relation('a'), to: relation('a', schema), alter: true });

  it('is none where nothing was renamed, dropped or made anew', () => {
    expect(made({})).toEqual([]);
  });

  it.each<[string, Partial<TableFates>]>([
    ['a table that was renamed', { renamed: [moved('public')] }],
    ['a copy of a table that is gone', { stale: [relation('a')] }],
    ['a table that is copied again', { remade: [relation('a')] }],
  ])('is there for %s alone, and stops the lanes meanwhile', (_, fates) => {
    expect(made(fates)).toMatchObject([{ database: 'app', ...fates, columns: [], newSchemas: [], lanes: [lane(1)] }]);
  });

  it('makes schemas that the target lacks, each once', () => {
    expect(made({ renamed: [moved('new'), moved('public'), moved('new')] })).toMatchObject([{ newSchemas: ['new'] }]);
    const without = { ...input.database, target: null };
    expect(made({ renamed: [moved('public')] }, { database: without })).toMatchObject([{ newSchemas: ['public'] }]);
  });

  it('stops no lane that has no subscription, and none of a dump', () => {
    const stale = [relation('a')];
    const second = streamingWorld({
      source: { slots: [buildSlot(1), buildSlot(2)] },
      target: { subscriptions: [buildSubscription(2)] },
      there: { progress: null },
    });
    expect(made({ stale }, second)).not.toMatchObject([{ lanes: [lane(1)] }]);
    expect(made({ stale }, { method: 'dump' })).toMatchObject([{ lanes: [] }]);
  });

  it('is there for columns that have a new name, which a dump needs not', () => {
    const columns = [{ name: 'a', type: 'integer' }] as never;
    const database = alteredDatabase({ tables: [someTable({ oid: '1', columns })], histories: [renamed('1')] });
    expect(made({}, { database })).toMatchObject([{ columns: [{ name: 't', from: 'a', to: 'b' }] }]);
    expect(made({}, { database, method: 'dump' })).toEqual([]);
  });
});
