import { describe, expect, it } from 'vitest';
import type { DatabaseFacts } from '../../src/inspect/facts.js';
import { planDatabase, type DatabasePlan, type DatabasePlanInput } from '../../src/plan/plan-database.js';
import type { DatabaseInput } from '../../src/steps/database.js';
import { someTable } from '../checks/some-facts.js';
import { columnOf, differing } from './altered-table.js';
import {
  buildListing,
  buildRole,
  buildSpec,
  buildWorld,
  streamingWorld,
  tablesNamed,
  type World,
  type WorldWish,
} from './build-facts.js';

const planOf = (world: World, more: Partial<DatabasePlanInput> = {}): DatabasePlan =>
  planDatabase({
    ...world,
    spec: buildSpec(),
    method: 'continuous',
    after: ['before'],
    jobs: 2,
    changes: [],
    synced: true,
    switched: false,
    knownErrors: {},
    ...more,
  });
const kinds = ({ steps }: DatabasePlan): readonly string[] => steps.map(({ kind }) => kind);

describe('a database whose definitions changed on the source', () => {
  const came = differing(columnOf('a', 'x', { number: 2, notNull: true }), null);
  const altered = (world: World): World => ({
    ...world,
    database: {
      ...world.database,
      definitions: { kind: 'compared', differences: [came], histories: [] },
    } satisfies DatabaseFacts,
  });

  it('gets what the next row needs first, and the rest once its lanes have caught up', () => {
    const plan = planOf(altered(streamingWorld()));
    expect(kinds(plan)).toEqual(['definitions', 'sync', 'definitions']);
    expect(plan.steps.map(({ input }) => (input as { when?: string }).when)).toEqual(['now', undefined, 'caught up']);
    expect(plan.steps[0]?.dependsOn).toEqual(['before']);
  });

  it('gets nothing of it where no lane is kept, which reads the definitions anew, nor by a dump', () => {
    expect(kinds(planOf(altered(buildWorld({ there: {} }))))).not.toContain('definitions');
    expect(kinds(planOf(altered(streamingWorld()), { method: 'dump' }))).not.toContain('definitions');
  });

  it('gets it after its tables are the source’s again', () => {
    const world = altered(streamingWorld());
    const { target } = world.database;
    const turned = target?.progress?.parts.map(part => ({
      ...part,
      sourceOid: part.name === 'b' ? '77' : part.sourceOid,
    }));
    if (target?.progress === null || target === null || turned === undefined) throw new Error('no progress');
    const source = { ...world.database.source, tables: [...tablesNamed('a'), someTable({ name: 'c', oid: '77' })] };
    const there = { ...target, progress: { ...target.progress, parts: turned } };
    const plan = planOf({ ...world, database: { ...world.database, source, target: there } });
    expect(kinds(plan).slice(0, 2)).toEqual(['definitions', 'tables']);
  });
});

describe('the database that pgm makes', () => {
  const input = (wish: WorldWish, more: Partial<DatabasePlanInput> = {}): DatabaseInput =>
    planOf(buildWorld(wish), more).steps.find(({ kind }) => kind === 'database')?.input as DatabaseInput;

  it('loses what template0 has and the source has not', () => {
    const contents = (schemas: readonly string[], extensions: readonly string[]): WorldWish['contents'] => ({
      schemas: schemas.map(name => ({ name })) as never,
      extensions: extensions.map(name => ({ name })) as never,
    });
    const without = (...of: Parameters<typeof contents>) => input({ contents: contents(...of) as never }).without;
    expect(without(['public', 'other'], ['plpgsql', 'hstore'])).toEqual([]);
    expect(without(['other'], ['hstore'])).toEqual(['schema public', 'extension plpgsql']);
    expect(without([], ['plpgsql'])).toEqual(['schema public']);
    expect(without(['public'], [])).toEqual(['extension plpgsql']);
  });

  it('gets as its own what the source’s server gives every database and the target’s does not', () => {
    const defaults = (value: string) => new Map([['IntervalStyle', value]]) as never;
    const settings = (roleSettings: readonly { role: string | null; setting: string }[]) =>
      input({
        source: { defaults: defaults('iso_8601'), databases: [buildListing({ roleSettings })] },
        target: { defaults: defaults('postgres') },
      }).listing.roleSettings.map(({ role, setting }) => `${role ?? 'all'}: ${setting}`);
    expect(settings([])).toEqual(['all: IntervalStyle=iso_8601']);
    expect(settings([{ role: 'app', setting: 'intervalstyle=sql_standard' }])).toEqual([
      'app: intervalstyle=sql_standard',
      'all: IntervalStyle=iso_8601',
    ]);
    expect(settings([{ role: null, setting: 'intervalstyle=sql_standard' }])).toEqual([
      'all: intervalstyle=sql_standard',
    ]);
    expect(settings([{ role: null, setting: 'IntervalStyleX=1' }])).toEqual([
      'all: IntervalStyleX=1',
      'all: IntervalStyle=iso_8601',
    ]);
  });

  it('is known by its mark where an interrupted run did not come to note it', () => {
    const listing = buildListing({ comment: 'of the shop' });
    const world = (comment: string | null, name = 'app'): World => {
      const made = buildWorld({ source: { databases: [listing] }, there: {} });
      const databases = [buildListing({ name: 'other' }), buildListing({ name, comment }), buildListing()];
      return { ...made, target: { ...made.target, databases } };
    };
    const mark = 'pgm:1:shop:00000000-0000-4000-8000-000000000001:progress';
    const given = (of: World): boolean => kinds(planOf(of)).filter(kind => kind === 'database').length > 1;
    expect(given(world(mark))).toBe(true);
    expect(given(world(null))).toBe(false);
    expect(given(world(mark, 'another'))).toBe(false);
  });

  it('gives its settings to roles that are there and that come, in one order', () => {
    const listing = buildListing({ comment: 'of the shop' });
    const plan = planOf(
      buildWorld({
        source: { databases: [listing], roles: [buildRole('z'), buildRole('b')] },
        target: { roles: [buildRole('m')] },
      }),
    );
    expect((plan.steps.at(-1)?.input as { roles: readonly string[] }).roles).toEqual(['b', 'm', 'z']);
  });
});

describe('definitions', () => {
  it('come but for the sequences whose owner stays behind', () => {
    const sequence = (name: string, withoutOwner: boolean) =>
      ({ schema: 'public', name, inScope: true, withoutOwner }) as never;
    const contents = { sequences: [sequence('a', true), sequence('b', false)] };
    const schema = planOf(buildWorld({ contents })).steps.find(({ kind }) => kind === 'schema');
    expect((schema?.input as { sequencesWithoutOwner: readonly string[] }).sequencesWithoutOwner).toHaveLength(1);
  });

  it('are read again for each stage that is missing', () => {
    for (const stage of ['schema', 'indexes', 'constraints']) {
      const world = streamingWorld();
      const { target } = world.database;
      const done = new Set(target?.progress?.stages.done);
      done.delete(stage as never);
      const progress = target?.progress && { ...target.progress, stages: { ...target.progress.stages, done } };
      const database = { ...world.database, target: target && { ...target, progress: progress ?? null } };
      expect(kinds(planOf({ ...world, database }))).toContain('schema');
    }
    expect(kinds(planOf(streamingWorld()))).toEqual([]);
  });
});
