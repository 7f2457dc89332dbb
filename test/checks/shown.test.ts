import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/checks/catalogue.js';
import { shown, type RemedyKind } from './shown.js';

/** The source of a test, or of its row in a table of cases with what the table's test does. */
function sourceOf(place: string): string {
  const [file = '', title = ''] = place.split(/: (.*)/s);
  const text = readFileSync(`test/${file}`, 'utf8');
  const at = text.indexOf(title);
  if (at < 0) throw new Error(`${file} has no test "${title}"`);
  const row = text.slice(text.lastIndexOf('\n  {', at) + 1).split(/(?<=\n {2}},)\n|(?<=^.*},)\n/)[0] ?? '';
  if (/^ {2}{\s+code: '/.test(row) && row.includes(title)) return row;
  const begin = Math.max(text.lastIndexOf('\n  it', at), text.lastIndexOf('\nit', at));
  const end = text.slice(begin + 1).search(/\n(?: {2})?(?:it|describe)[.(]|\n}\);/);
  return text.slice(begin, end < 0 ? undefined : begin + 1 + end);
}

/** What the test of such a remedy cannot do without. */
const doing: Readonly<Record<RemedyKind, RegExp | null>> = {
  sql: /paste\(|pasteOn: |remedy \?\? ''/,
  shell: /follow\(/,
  spec: /specLine\(/,
  step: /change/,
  apply: /typed\(/,
  words: null,
  none: null,
};

/** A place, or words where no server here can be brought into that state. */
function assertApplied(code: string, applied: string | undefined): void {
  expect(applied, `nothing applies the step of ${code}`).toBeDefined();
  if (applied === undefined || !/\.test\.ts: /.test(applied)) return;
  expect(sourceOf(applied)).toMatch(/'apply'|killed\(/);
  expect(readFileSync(`test/${applied.replace(/: .*/s, '')}`, 'utf8'), `${applied} has nothing of ${code}`).toContain(
    code,
  );
}

describe('each code is shown on real servers', () => {
  it('and no other', () => {
    expect(Object.keys(shown).sort()).toEqual(catalogue.map(({ code }) => code).sort());
  });

  it.each(Object.entries(shown))('%s', (code, { bad, good, remedy, applied }) => {
    const source = sourceOf(bad);
    expect(bad).toMatch(/\.server\.test\.ts: /);
    expect(source, `${bad} does not ask for ${code}`).toContain(code.slice(3));
    expect(source).not.toMatch(/\.(?:skip|todo|only)\b/);
    const how = doing[remedy];
    if (how !== null) expect(source, `${bad} does not do what the remedy says`).toMatch(how);
    if (remedy === 'step') assertApplied(code, applied);
    // A case with `pasteOn` finds nothing any more when the remedy was typed.
    expect(sourceOf(good), `${good} shows no good state`).toMatch(/toEqual\(\[\]\)|pasteOn: |failback: false/);
  });
});
