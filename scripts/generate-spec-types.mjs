#!/usr/bin/env node
// Writes src/spec/spec-file.generated.ts from schemas/pgm.schema.json; with --check only says whether it is up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';

const schemaFile = fileURLToPath(new URL('../schemas/pgm.schema.json', import.meta.url));
const typesFile = fileURLToPath(new URL('../src/spec/spec-file.generated.ts', import.meta.url));

const types = await compile(JSON.parse(await readFile(schemaFile, 'utf8')), 'SpecFile', {
  bannerComment: '// Made from schemas/pgm.schema.json by `npm run generate`; change the schema, not this file.',
  additionalProperties: false,
  ignoreMinAndMaxItems: true,
  style: { singleQuote: true, printWidth: 140 },
});

if (process.argv.includes('--check')) {
  const current = await readFile(typesFile, 'utf8').catch(() => '');
  if (current !== types) {
    console.error('src/spec/spec-file.generated.ts is older than schemas/pgm.schema.json: run `npm run generate`.');
    process.exitCode = 1;
  }
} else {
  await writeFile(typesFile, types);
}
