#!/usr/bin/env node
// Writes types, and what holds data against the schema, from the schemas of the spec, the lockfile and the plan; with --check
// only says whether they are up to date. The validators are made here because making one costs each command 0.1 s.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { compile } from 'json-schema-to-typescript';

const inRoot = path => fileURLToPath(new URL(`../${path}`, import.meta.url));

const made = [
  {
    schema: 'schemas/pgm.schema.json',
    types: 'src/spec/spec-file.generated.ts',
    validator: 'src/spec/validator.generated.ts',
    options: { allErrors: true, verbose: true, allowUnionTypes: true },
  },
  {
    schema: 'schemas/pgm-lock.schema.json',
    types: 'src/state/lockfile.generated.ts',
    validator: 'src/state/lockfile-validator.generated.ts',
    options: { discriminator: true, allowUnionTypes: true, inlineRefs: false },
  },
  {
    schema: 'schemas/plan.schema.json',
    validator: 'src/plan/plan-validator.generated.ts',
    options: { allowUnionTypes: true, inlineRefs: false, validateFormats: false },
  },
];

for (const { schema: path, types, validator, options } of made) {
  const banner = `// Made from ${path} by \`npm run generate\`; change the schema, not this file.`;
  const schema = await readFile(inRoot(path), 'utf8');
  if (types !== undefined) await put(types, path, await typesOf(schema, banner));
  await put(validator, path, validatorOf(schema, banner, options));
}

function typesOf(schema, banner) {
  const parsed = JSON.parse(schema);
  return compile(parsed, parsed.title, {
    bannerComment: banner,
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 140 },
  });
}

function validatorOf(schema, banner, options) {
  const ajv = new Ajv({ ...options, code: { source: true, esm: true } });
  const code = standalone
    .default(ajv, ajv.compile(JSON.parse(schema)))
    .replace(/^"use strict";/, '')
    .replaceAll(/;(?=(?:export|const|function|import) )/g, ';\n');
  return (
    `${banner}\n/* eslint-disable */\n// @ts-nocheck\nimport { createRequire } from ` +
    `'node:module';\nconst require = createRequire(import.meta.url);\n${code}\n`
  );
}

async function put(path, schema, text) {
  if (!process.argv.includes('--check')) {
    await writeFile(inRoot(path), text);
    return;
  }
  const current = await readFile(inRoot(path), 'utf8').catch(() => '');
  if (current === text) return;
  console.error(`${path} is older than ${schema}: run \`npm run generate\`.`);
  process.exitCode = 1;
}
