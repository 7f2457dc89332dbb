import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withKinds } from '../../scripts/fidelity-page.mjs';
import { catalogue } from '../../src/checks/catalogue.js';
import { definitionKinds, type Definition } from '../../src/inspect/definitions/definition.js';
import { kinds, unnamedEntries, type Kind } from '../../src/inspect/kinds.js';
import { propertiesOf } from '../../src/inspect/properties.js';
import { followDefinition } from '../../src/plan/follow-definitions.js';
import { someServer } from '../checks/some-facts.js';
import { buildRole } from '../plan/build-facts.js';

describe('the inventory of kinds', () => {
  it('is what docs/fidelity.md shows', () => {
    const page = readFileSync('docs/fidelity.md', 'utf8');
    expect(withKinds(page, kinds), 'run `npm run build && npm run generate`').toBe(page);
  });

  it.each(['entries', 'catalogs'] as const)('names each of its %s once', field => {
    const all = kinds.flatMap(kind => kind[field]);
    expect(all).toEqual([...new Set(all)]);
  });

  it('tells entries that it does not name', () => {
    expect(unnamedEntries([{ type: 'TABLE' }, { type: 'WORMHOLE' }, { type: 'WORMHOLE' }])).toEqual(['WORMHOLE']);
  });

  it('names findings that there are', () => {
    const codes = new Set(catalogue.map(({ code }) => code));
    expect(kinds.flatMap(({ watched }) => watched).filter(code => !codes.has(code))).toEqual([]);
  });

  it('has a place for every kind of definition that is compared, which PGM615 tells', () => {
    const placed = new Set(kinds.flatMap(({ definitions }) => definitions));
    expect(definitionKinds.filter(each => !placed.has(each))).toEqual([]);
    expect(kinds.filter(({ definitions, watched }) => definitions.length > 0 !== watched.includes('PGM615'))).toEqual(
      [],
    );
  });

  it.each(definitionKinds.filter(each => each !== 'table'))('says of %s what becomes of a change', kind => {
    // As a type's definition begins; whatever a kind's statement is made of is there.
    const text = kind === 'extension' ? 'schema public' : "enum ('a')";
    const parts = { create: 'create it', name: 'x', relation: 't', on: 'table t', plain: true, definition: text };
    const source: Definition = { kind, identity: 'public.x', definition: text, of: 'table public.t', parts };
    const difference = { kind, identity: source.identity, of: source.of, source, target: null };
    const isFollowed = followDefinition(difference, [difference]) !== null;
    const said = kinds.filter(({ definitions }) => definitions.includes(kind)).map(({ followed }) => followed);
    expect(new Set(said)).toEqual(new Set([isFollowed ? 'schema changes' : 'not']));
  });

  it('tells or brings again every change of what it brings, but these', () => {
    const silent = kinds.filter(
      ({ brought, followed, watched }) => brought !== 'stays' && followed === 'not' && watched.length === 0,
    );
    expect(silent.map(({ name }) => name)).toEqual([
      'statistics of the planner',
      'publications of the user',
      'subscriptions of the user, disabled',
    ]);
  });

  it('brings again in the write stop what its step does, and before it what the roles’ step does', () => {
    const followedBy = (followed: Kind['followed']): readonly string[] =>
      kinds.filter(each => each.followed === followed).map(({ name }) => name.replace(/[,:].*/, ''));
    expect(followedBy('write stop')).toEqual([
      'values of sequences',
      'large objects',
      'rows of extensions’ configuration tables',
    ]);
    const aspects = [...propertiesOf(someServer({ roles: [buildRole('r')] })).values()].flatMap(each =>
      each.aspects.map(([aspect]) => aspect),
    );
    expect(aspects).toEqual(['attributes', 'password', 'settings', 'memberships', 'parameters', 'comment']);
    expect(followedBy('before every switch')).toEqual([
      'databases',
      'settings of databases and roles',
      'roles',
      'privileges on parameters',
      'comments on databases and roles',
    ]);
  });
});
