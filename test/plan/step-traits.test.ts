import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderStepsPage, withKinds } from '../../scripts/steps-page.mjs';
import { reportPhaseNames, stepKinds, stepTraits } from '../../src/steps/step-traits.js';

const howTo = 'run `npm run build && npm run generate`';

/** Kinds that a public schema tells: in lists, or one by one where each has a form of its own. */
function kindsIn(text: string): readonly (readonly string[])[] {
  const lists: string[][] = [];
  const schema = JSON.parse(text, (key, value: unknown) => {
    if (key === 'enum' && Array.isArray(value) && value.includes('drop-lane')) lists.push(value as string[]);
    return value;
  }) as { definitions?: { StepLeft?: { oneOf: readonly { properties: { kind: { const?: string } } }[] } } };
  const alone = schema.definitions?.StepLeft?.oneOf.flatMap(({ properties }) => properties.kind.const ?? []) ?? [];
  return lists.map(list => [...list, ...alone]);
}

describe('kinds of steps', () => {
  it.each(['plan', 'apply-events', 'pgm-lock'])('are all in schemas/%s.schema.json, each once', name => {
    const text = readFileSync(`schemas/${name}.schema.json`, 'utf8');
    const lists = kindsIn(text);
    expect(lists).toHaveLength(1);
    for (const list of lists) expect([...list].sort(), howTo).toEqual([...stepKinds].sort());
    expect(withKinds(text, stepKinds), howTo).toBe(text);
  });

  it('are what docs/steps.md was made from', () => {
    expect(readFileSync('docs/steps.md', 'utf8'), howTo).toBe(renderStepsPage(stepTraits));
    for (const kind of stepKinds) expect(renderStepsPage(stepTraits)).toContain(`| \`${kind}\` |`);
  });

  it('come into a schema when one is added', () => {
    const form = '{"properties": {"kind": {"const": "sync"}}}';
    const text = `{\n  "x": {"enum": ["copy", "drop-lane"]},\n  "definitions": {"StepLeft": {"oneOf": [${form}]}}\n}\n`;
    const added = withKinds(text, ['copy', 'sync', 'fresh', 'drop-lane']);
    expect(JSON.parse(added)).toMatchObject({ x: { enum: ['copy', 'fresh', 'drop-lane'] } });
  });

  it('leave no part of the report without a step', () => {
    expect(new Set(stepKinds.map(kind => stepTraits[kind].reported))).toEqual(new Set(reportPhaseNames));
  });

  it('put settings of the load back before anything is compared', () => {
    expect(stepTraits['restore-settings']).toMatchObject({ phase: 'copy', reported: 'finish' });
  });
});
