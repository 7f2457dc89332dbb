#!/usr/bin/env node
// Writes docs/findings.md from the one list of codes, as built; with --check only says whether it is up to date.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { renderFindingsPage } from './findings-page.mjs';

const built = path => import(new URL(`../dist/${path}`, import.meta.url).href);
const [{ catalogue }, { allCodes, errorCodes }, { exitCodes }] = await Promise.all(
  ['checks/catalogue.js', 'checks/all-codes.js', 'cli/exit-code.js'].map(built),
);
const page = fileURLToPath(new URL('../docs/findings.md', import.meta.url));
const text = renderFindingsPage({ catalogue, allCodes, errorCodes, exitCodes });

if (process.argv.includes('--check')) {
  const current = await readFile(page, 'utf8').catch(() => '');
  if (current !== text) {
    console.error('docs/findings.md is older than the catalogue: run `npm run build && npm run generate`.');
    process.exitCode = 1;
  }
} else {
  await mkdir(new URL('.', new URL('../docs/findings.md', import.meta.url)), { recursive: true });
  await writeFile(page, text);
}
