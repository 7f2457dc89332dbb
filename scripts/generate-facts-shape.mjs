#!/usr/bin/env node
// Writes the form of what servers say, from the types in src/inspect: what comes over the network is held against it,
// so that a type can be believed. With --check only says whether it is up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import ts from 'typescript';

const inRoot = path => fileURLToPath(new URL(`../${path}`, import.meta.url));
const roots = { server: 'ServerFacts', contents: 'DatabaseContents' };
const files = ['src/inspect/server-facts.ts', 'src/inspect/database-facts.ts'].map(inRoot);
const program = ts.createProgram(files, {
  strict: true,
  exactOptionalPropertyTypes: true,
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  noEmit: true,
  types: [],
});
const checker = program.getTypeChecker();
const {
  Object: object,
  String: text,
  Number: number,
  Boolean: boolean,
  Null,
  Undefined,
  Unknown,
  BooleanLiteral,
} = ts.TypeFlags;

/** A type within itself is left to anyone who reads it: only records of switches have one, which have a parser. */
const within = [];

function shapeOf(type, path) {
  if (within.includes(type)) return { is: 'anything' };
  within.push(type);
  try {
    return shapeWithin(type, path);
  } finally {
    within.pop();
  }
}

function shapeWithin(type, path) {
  if (type.flags & Unknown) return { is: 'anything' };
  if (type.flags & boolean) return { is: 'boolean' };
  if (type.flags & Null) return { is: 'null' };
  if (type.isUnion()) {
    const members = type.types.filter(member => !(member.flags & Undefined));
    const literals = members.filter(member => member.isStringLiteral() || member.isNumberLiteral());
    const others = members.filter(member => !literals.includes(member) && !(member.flags & BooleanLiteral));
    const of = others.map(member => shapeOf(member, path));
    if (literals.length > 0) of.push({ is: 'one-of', values: literals.map(({ value }) => value) });
    if (members.some(member => member.flags & BooleanLiteral)) of.push({ is: 'boolean' });
    return of.length === 1 ? of[0] : { is: 'either', of };
  }
  if (type.isStringLiteral() || type.isNumberLiteral()) return { is: 'one-of', values: [type.value] };
  if (type.flags & text) return { is: 'text' };
  if (type.flags & number) return { is: 'number' };
  if (checker.isTupleType(type))
    return { is: 'tuple', of: checker.getTypeArguments(type).map(each => shapeOf(each, `${path}[]`)) };
  if (checker.isArrayType(type)) return { is: 'list', of: shapeOf(checker.getTypeArguments(type)[0], `${path}[]`) };
  const name = type.symbol?.name;
  if (name === 'ReadonlyMap' || name === 'Map')
    return { is: 'map', of: shapeOf(checker.getTypeArguments(type)[1], `${path}{}`) };
  if (name === 'ReadonlySet' || name === 'Set')
    return { is: 'set', of: shapeOf(checker.getTypeArguments(type)[0], `${path}{}`) };
  if (type.getCallSignatures().length > 0) throw new Error(`${path}: what a server says has no functions`);
  const index = checker.getIndexInfoOfType(type, checker.getStringType());
  if (index !== undefined) return { is: 'record', of: shapeOf(index.type, `${path}{}`) };
  if (type.flags & object || type.isIntersection()) {
    const properties = checker.getPropertiesOfType(type).map(property => [
      property.name,
      {
        ...(property.flags & ts.SymbolFlags.Optional ? { optional: true } : {}),
        ...shapeOf(checker.getTypeOfSymbol(property), `${path}.${property.name}`),
      },
    ]);
    return { is: 'object', of: Object.fromEntries(properties) };
  }
  throw new Error(`${path}: no form for ${checker.typeToString(type)}`);
}

const shapes = Object.entries(roots).map(([name, root]) => {
  const declared = files
    .flatMap(file => checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file))))
    .find(symbol => symbol.name === root);
  return (
    `export const ${name}Shape: Shape ` +
    `= ${JSON.stringify(shapeOf(checker.getDeclaredTypeOfSymbol(declared), root))};`
  );
});
const source =
  `// Made from the types in src/inspect by \`npm run generate\`; change them, not this ` +
  `file.\nimport type { Shape } from './hold-shape.js';\n\n${shapes.join('\n\n')}\n`;
const path = inRoot('src/inspect/facts-shape.generated.ts');
const written = await prettier.format(source, { ...(await prettier.resolveConfig(path)), parser: 'typescript' });
const current = await readFile(path, 'utf8').catch(() => '');
if (!process.argv.includes('--check')) await writeFile(path, written);
else if (current !== written) {
  console.error('src/inspect/facts-shape.generated.ts is older than the types: run `npm run generate`.');
  process.exitCode = 1;
}
