import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { allCodes, codeEntry, errorCodes } from '../../src/checks/all-codes.js';
import { refusals } from '../../src/plan/refusals.js';
import { readExplanations } from '../../src/cli/explanations.js';
import { exitCodes } from '../../src/cli/exit-code.js';

describe('the list of all codes', () => {
  it('has each code once, and each name once among what is no word of the state', () => {
    const codes = allCodes.map(({ code }) => code);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
    const slugs = errorCodes.map(({ slug }) => slug);
    expect(slugs.filter((slug, index) => slugs.indexOf(slug) !== index)).toEqual([]);
  });

  it.each(errorCodes.map(entry => [entry.code, entry] as const))(
    '%s says what it means and what to do',
    (code, entry) => {
      expect(code).toMatch(/^(PGM[268]\d\d|[a-z]+(-[a-z]+)*)$/);
      expect(entry.slug).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(entry.title).toMatch(/[^.]$/);
      for (const text of [entry.means, entry.remedy]) expect(text).toMatch(/^.{10,}[.)]$/s);
    },
  );

  it('tells the exit codes of each with its explanation', async () => {
    const explained = new Map((await readExplanations()).map(entry => [entry.code, entry.sections.at(-1)]));
    expect(explained.get('PGM810')).toEqual(['Exit code', String(exitCodes['stale-plan'])]);
    expect(explained.get('PGM201')).toEqual(['Exit code', '6, where it is an error']);
    expect(explained.get('PGM604')).toEqual(['Exit code', '6 or 7, where it is an error']);
    expect(explained.get('PGM646')?.[0]).toBe('What to do');
  });

  it('is asked for codes that it has', () => {
    expect(codeEntry('PGM645').title).toBe('The lockfile does not know of the cutover');
    expect(() => codeEntry('PGM999')).toThrow(TypeError);
    expect(refusals).toBeTypeOf('function');
  });
});

interface Thrown {
  readonly place: string;
  readonly code: string;
  readonly kind: string;
}

/** Every `new UserError(…)` of the sources whose code stands in it as a word. */
function thrownErrors(): readonly Thrown[] {
  const folder = join(import.meta.dirname, '../../src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    file => file.endsWith('.ts') && !file.includes('.generated.'),
  );
  return files.flatMap(file => {
    const text = readFileSync(join(folder, file), 'utf8');
    if (!text.includes('UserError(')) return [];
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const found: Thrown[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isNewExpression(node) && node.expression.getText() === 'UserError') {
        const details = node.arguments?.[1];
        const code = wordOf(details, 'code');
        const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        if (code !== null) found.push({ place: `${file}:${line}`, code, kind: wordOf(details, 'kind') ?? 'failure' });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

/** null: it is not written there as a word. */
function wordOf(details: ts.Expression | undefined, name: string): string | null {
  if (details === undefined || !ts.isObjectLiteralExpression(details)) return null;
  const property = details.properties.find(each => each.name?.getText() === name);
  return property !== undefined && ts.isPropertyAssignment(property) && ts.isStringLiteral(property.initializer)
    ? property.initializer.text
    : null;
}

describe('every error of the sources', () => {
  const thrown = thrownErrors();
  const entries = new Map(allCodes.map(entry => [entry.code, entry]));

  it('is found', () => {
    expect(thrown.length).toBeGreaterThan(100);
  });

  it('has a code that can be explained', () => {
    expect(thrown.filter(({ code }) => !entries.has(code))).toEqual([]);
  });

  it('ends the command as its code says', () => {
    expect(thrown.filter(({ code, kind }) => !(entries.get(code)?.ends as readonly string[]).includes(kind))).toEqual(
      [],
    );
  });

  it('and no code is left that nothing says', () => {
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.ts') && !/^codes[/]|all-codes/.test(file))
      .map(file => readFileSync(join('src', file), 'utf8'))
      .join('\n');
    expect(errorCodes.filter(({ code }) => !sources.includes(`'${code}'`)).map(({ code }) => code)).toEqual([]);
  });
});
