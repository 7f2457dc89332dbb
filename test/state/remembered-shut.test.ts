import { expect, it } from 'vitest';
import { missedShut, parseRememberedShut } from '../../src/state/remembered-shut.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { switchUnderWay } from '../plan/planning.js';
import { aLockfile } from './a-lockfile.js';

const { lineage } = aLockfile();
const remembered = { lineage, shut: { side: 'target', block: [{ database: 'app', readOnly: null, connect: [''] }] } };

it.each<[string, unknown, boolean]>([
  ['as pgm writes it', remembered, true],
  ['of no side', { ...remembered, shut: { ...remembered.shut, side: 'both' } }, false],
  ['of no lineage', { ...remembered, lineage: 'x' }, false],
  ['with a block that is none', { ...remembered, shut: { side: 'target', block: [{ database: 'app' }] } }, false],
  ['nothing', null, false],
])('what a target says is taken where it is as pgm writes it: %s', (_, value, isTaken) => {
  expect(parseRememberedShut(value)).toEqual(isTaken ? remembered : null);
});

it.each<[string, Lockfile | null, boolean]>([
  ['is lost', null, true],
  ['came out of an older commit', aLockfile(), true],
  ['knows of it', aLockfile({ shut: { side: 'target', block: [] } }), false],
  ['is of another migration', aLockfile({ lineage: '00000000-0000-4000-8000-000000000000' }), false],
  ['is of a switch under way, which knows what it has shut', aLockfile({ cutover: switchUnderWay }), false],
])('is taken up where the lockfile %s', (_, lockfile, isMissed) => {
  const known = parseRememberedShut(remembered);
  expect(missedShut(lockfile, known === null ? [] : [known]) !== null).toBe(isMissed);
});
