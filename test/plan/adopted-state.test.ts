import { describe, expect, it } from 'vitest';
import { adoptedStateFinding, lineagesOnServers } from '../../src/plan/adopted-state.js';
import { formatLineage } from '../../src/state/lineage.js';
import { someFacts } from '../checks/some-facts.js';
import { aSetting } from '../state/a-lockfile.js';
import { buildPublication, buildRole, buildSpec, buildWorld, type World, type WorldWish } from './build-facts.js';
import { factsOf } from './planning.js';

const spec = buildSpec();
const lineage = (digit: number): string => `00000000-0000-4000-8000-00000000000${digit}`;
const publication = (digit: number, owner = 'migrator', name = 'shop') => ({
  ...buildPublication(1, ['a']),
  owner,
  comment: formatLineage({ name, lineage: lineage(digit), what: 'lane 1' }),
});
const world = (source: readonly ReturnType<typeof publication>[], more: WorldWish = {}): World =>
  buildWorld({ ...more, contents: { publications: source } });
const remembered = (digit: number) => ({ lineage: lineage(digit) }) as never;

describe('the lineages that the servers know', () => {
  it('are those of the role’s own publications, and of roles that could do all that it can', () => {
    const source = { roles: [buildRole('boss', { superuser: true }), buildRole('anybody')] };
    expect(lineagesOnServers(spec, factsOf(world([publication(1)], { source })))).toEqual([lineage(1)]);
    expect(lineagesOnServers(spec, factsOf(world([publication(1, 'boss')], { source })))).toEqual([lineage(1)]);
    expect(lineagesOnServers(spec, factsOf(world([publication(1, 'anybody')], { source })))).toEqual([]);
    expect(lineagesOnServers(spec, factsOf(world([publication(1, 'gone')], { source })))).toEqual([]);
  });

  it('are those of the way back on the target, and none of another migration', () => {
    const there = { publications: [publication(2)] };
    expect(lineagesOnServers(spec, factsOf(world([], { there })))).toEqual([lineage(2)]);
    expect(lineagesOnServers(spec, factsOf(world([publication(1, 'migrator', 'other')])))).toEqual([]);
    expect(lineagesOnServers(spec, factsOf(world([])))).toEqual([]);
  });

  it('begin with what the target remembers, each once', () => {
    const of = (digit: number, ...source: readonly number[]): readonly string[] =>
      lineagesOnServers(
        spec,
        factsOf(
          world(
            source.map(each => publication(each)),
            { target: { remembered: remembered(digit) } },
          ),
        ),
      );
    expect(of(3, 1, 3)).toEqual([lineage(3), lineage(1)]);
    expect(of(1)).toEqual([lineage(1)]);
  });

  it('are not to be had from a server that is away', () => {
    const away = {
      kind: 'unreachable',
      host: 'h',
      port: 1,
      failure: 'refused',
      message: 'no',
      sqlstate: null,
    } as const;
    const { source, target, database } = world([publication(1)], { there: { publications: [publication(2)] } });
    expect(lineagesOnServers(spec, someFacts({ source, target: away, databases: [database] }))).toEqual([lineage(1)]);
    expect(lineagesOnServers(spec, someFacts({ source: away, target, databases: [database] }))).toEqual([lineage(2)]);
  });
});

describe('a migration that is taken up without its lockfile', () => {
  it('is said with what it is known by, and what destroy would put back', () => {
    const facts = factsOf(world([publication(1), publication(2)]));
    const settings = {
      a: aSetting('source', 'wal_level', { before: null, after: 'logical' }),
      b: aSetting('source', 'max_wal_senders', { before: '3', after: '12' }),
      c: { kind: 'hba', server: 'source', lines: [] } as never,
    };
    const [found] = adoptedStateFinding(spec, facts, settings);
    expect(found).toMatchObject({
      code: 'PGM647',
      severity: 'warning',
      status: 'change',
      server: 'local',
      object: lineage(1),
      required: lineage(1),
    });
    expect(found?.message).toBe(
      `there is no lockfile, but the servers hold records of a migration of this name, lineage ${lineage(1)} ` +
        `(and of ${lineage(2)}): it is taken up, and puts back source/wal_level = its default, ` +
        'source/max_wal_senders = 3',
    );
  });

  it('is said in fewer words where there is one lineage and no setting, and not without any', () => {
    expect(adoptedStateFinding(spec, factsOf(world([publication(1)])), {})[0]?.message).toMatch(
      /lineage \S+: it is taken up$/,
    );
    expect(adoptedStateFinding(spec, factsOf(world([])), {})).toEqual([]);
  });
});
