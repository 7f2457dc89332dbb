#!/usr/bin/env node
// Writes docs/reference from the commands, as built, and the schemas; with --check only says whether it is up to date.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { commandsPage, jsonPage, specPage } from './reference-pages.mjs';

const inRoot = path => fileURLToPath(new URL(`../${path}`, import.meta.url));
const built = path => import(new URL(`../dist/${path}`, import.meta.url).href);
const schema = async name => JSON.parse(await readFile(inRoot(`schemas/${name}.schema.json`), 'utf8'));
const [{ commands }, { globalOptions }, { exitCodeMeanings }] = await Promise.all(
  ['cli/commands.js', 'cli/command-line.js', 'cli/help.js'].map(built),
);
const outputs = { plan: 'plan', events: 'apply-events', status: 'status', verify: 'verify', report: 'report' };

const pages = {
  commands: commandsPage(commands, globalOptions, exitCodeMeanings),
  spec: specPage(await schema('pgm')),
  json: jsonPage(
    Object.fromEntries(
      await Promise.all(Object.entries(outputs).map(async ([name, file]) => [name, await schema(file)])),
    ),
  ),
};
await mkdir(inRoot('docs/reference'), { recursive: true });
for (const [name, text] of Object.entries(pages)) await put(`docs/reference/${name}.md`, text);

async function put(path, text) {
  const current = await readFile(inRoot(path), 'utf8').catch(() => '');
  if (current === text) return;
  if (!process.argv.includes('--check')) return writeFile(inRoot(path), text);
  console.error(`${path} is older than what it is made from: run \`npm run build && npm run generate\`.`);
  process.exitCode = 1;
}
