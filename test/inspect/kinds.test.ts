import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withKinds } from '../../scripts/fidelity-page.mjs';
import { catalogue } from '../../src/checks/catalogue.js';
import { kinds, unnamedEntries } from '../../src/inspect/kinds.js';

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
});
