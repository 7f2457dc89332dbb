// All that pgm says, in one file to be read in one sitting: every literal of src that is prose, by file and line, with
// … where a value is put in. `node scripts/texts.mjs [FILE]` writes .tmp/texts.md, or FILE. Codes' explanations are in
// docs/findings.md.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { isProse } from './prose.mjs';

const [, , file = '.tmp/texts.md'] = process.argv;
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => join('src', name))
  .sort();

const parts = sources.flatMap(path => {
  const texts = proseOf(path);
  return texts.length === 0 ? [] : [`## ${path}\n\n${texts.map(({ line, text }) => `${line}: ${text}`).join('\n')}\n`];
});
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `# What pgm says\n\n${parts.join('\n')}`);

/** Literals of a file that are prose, in order; `line` is 1-based. */
function proseOf(path) {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = [];
  visit(source);
  return found;

  function visit(node) {
    const text = textOf(node);
    if (text !== null && isProse(text)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push({ line: line + 1, text: text.replaceAll('\n', '⏎') });
    }
    ts.forEachChild(node, visit);
  }
}

/** What a literal says; null for other nodes and for what is imported. */
function textOf(node) {
  if (ts.isImportDeclaration(node.parent ?? node)) return null;
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return null;
  return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
}
