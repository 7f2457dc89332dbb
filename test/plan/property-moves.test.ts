import { expect, it } from 'vitest';
import { markOf, propertiesOf } from '../../src/inspect/properties.js';
import { propertyMoves } from '../../src/plan/property-moves.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { someServer } from '../checks/some-facts.js';
import { buildListing, buildRole, buildSpec } from './build-facts.js';
import { block, cutoverRecord, lockfileOf } from './planning.js';

const grant = { grantee: null, grantor: 'owner', privilege: 'CONNECT', grantable: false };
const server = (connectionLimit: number, grants: readonly (typeof grant)[]) =>
  someServer({ roles: [buildRole('app', { connectionLimit })], databases: [buildListing({ grants })] });
const before = server(-1, [grant]);
const sides = { leader: server(5, []), follower: before, leads: 'source' } as const;
const followed: NonNullable<Lockfile['followed']> = Object.fromEntries(
  [...propertiesOf(before)].map(([key, each]) => [key, { source: markOf(each), target: markOf(each) }]),
);
const moved = (more: Partial<Lockfile>, roles = 'copy'): readonly string[] =>
  propertyMoves(buildSpec(`roles: ${roles}`), lockfileOf(more), sides).changes.map(
    ({ name, aspect }) => `${name} ${aspect}`,
  );

it('brings again what changed of the roles and databases that the state marks', () => {
  expect(moved({ followed })).toEqual(['app attributes', 'app connect']);
});

it('leaves CONNECT to a switch, once one has taken it or has shut a side', () => {
  expect(moved({ followed, cutover: cutoverRecord })).toEqual(['app attributes']);
  expect(moved({ followed, shut: { side: 'target', block } })).toEqual(['app attributes']);
});

it('brings nothing where the state marks nothing, or the spec leaves roles alone', () => {
  expect(moved({})).toEqual([]);
  expect(moved({ followed }, 'skip')).toEqual([]);
  expect(propertyMoves(buildSpec(), null, sides)).toEqual({ changes: [], both: [], gone: [] });
});
