// What "One more check" and "One more step" of CONTRIBUTING.md ask for, and no type can see.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/checks/catalogue.js';
import { stepKinds } from '../../src/steps/step-traits.js';
import { shown } from '../checks/shown.js';

const read = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder)
      .filter(name => name.endsWith('.ts'))
      .map(name => [`${folder}/${name}`, readFileSync(`${folder}/${name}`, 'utf8')]),
  );
const named = (pattern: RegExp, text: string): readonly string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);

describe('a check', () => {
  const codes = catalogue.map(({ code }) => code);
  const written = [...read('src/checks')].flatMap(([file, text]) =>
    /: Check = \{/.test(text) ? named(/^ {2}code: '(PGM\d+)'/gm, text).map(code => [code, file] as const) : [],
  );

  it.each(written)('%s of %s is in the list of src/checks/catalogue.ts', code => {
    expect(codes, 'add the check to src/checks/catalogue.ts').toContain(code);
  });

  it.each(codes)('%s names its tests in test/checks/shown.ts', code => {
    expect(Object.keys(shown), 'add a line for it to test/checks/shown.ts').toContain(code);
  });
});

describe('a kind of step', () => {
  const steps = read('src/steps');
  const users = [...read('src/plan'), ...read('src/apply'), ...read('src/cutover')].map(([, text]) => text).join('\n');
  const made = [...steps].flatMap(([file, text]) =>
    [...text.matchAll(/^export const (\w+): StepKind<[^=]*> = \{\s+kind: '([a-z-]+)'/gm)].map(
      ([, name = '', kind = '']) => ({ file: file.replace('src/steps/', ''), name, kind }),
    ),
  );

  it.each(stepKinds)('%s is made by a file of src/steps', kind => {
    expect(
      made.map(each => each.kind),
      `write src/steps/${kind}.ts with a StepKind whose kind is '${kind}'`,
    ).toContain(kind);
  });

  it.each(made)('$name of $file is put into a plan', ({ file, name }) => {
    const imports = named(/import (\{[^}]*\} from '[^']*\/steps\/[^']+)\.js';/g, users);
    const imported = imports.filter(text => text.endsWith(`/${file.replace('.ts', '')}`)).join('\n');
    expect(imported, `nothing in src/plan imports ${name}: let the planner put it in its place`).toMatch(
      new RegExp(`\\b${name}\\b`),
    );
  });
});
