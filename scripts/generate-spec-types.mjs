#!/usr/bin/env node
// Writes the types of a spec and what holds a spec against its schema, from schemas/pgm.schema.json; with --check only
// says whether they are up to date. The validator is made here because making it costs each command 0.1 s.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { compile } from 'json-schema-to-typescript';

const inRoot = path => fileURLToPath(new URL(`../${path}`, import.meta.url));
const banner = '// Made from schemas/pgm.schema.json by `npm run generate`; change the schema, not this file.';
const schema = await readFile(inRoot('schemas/pgm.schema.json'), 'utf8');

const types = await compile(JSON.parse(schema), 'SpecFile', {
  bannerComment: banner,
  additionalProperties: false,
  ignoreMinAndMaxItems: true,
  style: { singleQuote: true, printWidth: 140 },
});

const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, code: { source: true, esm: true } });
const code = standalone
  .default(ajv, ajv.compile(JSON.parse(schema)))
  .replace(/^"use strict";/, '')
  .replaceAll(/;(?=(?:export|const|function|import) )/g, ';\n');
const validator = `${banner}\n/* eslint-disable */\n// @ts-nocheck\nimport { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n${code}\n`;

const files = { 'src/spec/spec-file.generated.ts': types, 'src/spec/validator.generated.ts': validator };
for (const [path, text] of Object.entries(files)) {
  if (!process.argv.includes('--check')) {
    await writeFile(inRoot(path), text);
    continue;
  }
  const current = await readFile(inRoot(path), 'utf8').catch(() => '');
  if (current === text) continue;
  console.error(`${path} is older than schemas/pgm.schema.json: run \`npm run generate\`.`);
  process.exitCode = 1;
}
