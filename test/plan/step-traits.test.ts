import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reportPhaseNames, stepKinds, stepTraits } from '../../src/steps/step-traits.js';

/** Lists of the kinds in a public schema. */
function listsIn(file: string): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) => {
    if (key === 'enum' && Array.isArray(value) && value.includes('drop-lane')) found.push(value as string[]);
    return value;
  });
  return found;
}

describe('kinds of steps', () => {
  it.each(['schemas/plan.schema.json', 'schemas/apply-events.schema.json'])('are all in %s', file => {
    const lists = listsIn(file);
    expect(lists.length).toBeGreaterThan(0);
    for (const list of lists) expect([...list].sort()).toEqual([...stepKinds].sort());
  });

  it('leave no part of the report without a step', () => {
    expect(new Set(stepKinds.map(kind => stepTraits[kind].reported))).toEqual(new Set(reportPhaseNames));
  });

  it('put settings of the load back before anything is compared', () => {
    expect(stepTraits['restore-settings']).toMatchObject({ phase: 'copy', reported: 'finish' });
  });
});
