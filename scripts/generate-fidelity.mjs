#!/usr/bin/env node
// Writes the table of all kinds into docs/fidelity.md.
import { readFile, writeFile } from 'node:fs/promises';
import { withKinds } from './fidelity-page.mjs';

const { kinds } = await import(new URL('../dist/inspect/kinds.js', import.meta.url).href);
const page = new URL('../docs/fidelity.md', import.meta.url);
await writeFile(page, withKinds(await readFile(page, 'utf8'), kinds));
