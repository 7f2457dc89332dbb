#!/usr/bin/env node
// Writes docs/steps.md and the lists of kinds in the JSON Schemas from the registry of steps, as built; with --check
// only says whether they are up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { renderStepsPage, withKinds } from './steps-page.mjs';

const { stepKinds, stepTraits } = await import(new URL('../dist/steps/step-traits.js', import.meta.url).href);
const inRoot = path => fileURLToPath(new URL(`../${path}`, import.meta.url));

await put('docs/steps.md', renderStepsPage(stepTraits));
for (const name of ['plan', 'apply-events', 'pgm-lock']) {
  const path = `schemas/${name}.schema.json`;
  await put(path, withKinds(await readFile(inRoot(path), 'utf8'), stepKinds));
}

async function put(path, text) {
  const current = await readFile(inRoot(path), 'utf8').catch(() => '');
  if (current === text) return;
  if (!process.argv.includes('--check')) return writeFile(inRoot(path), text);
  console.error(`${path} is older than src/steps/step-traits.ts: run \`npm run build && npm run generate\`.`);
  process.exitCode = 1;
}
