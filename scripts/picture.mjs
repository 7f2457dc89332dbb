#!/usr/bin/env node
// Draws README's picture from a run of the demo: `npm run picture` writes docs/public/images/demo.svg. With a file of
// the demo's output, colours and all, it draws that.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { excerpt, picture } from './terminal-picture.mjs';

const [, , file] = process.argv;
const text = file === undefined ? demo() : readFileSync(file, 'utf8');
mkdirSync('docs/public/images', { recursive: true });
writeFileSync('docs/public/images/demo.svg', picture(excerpt(text)));

function demo() {
  const { stdout, status } = spawnSync(process.execPath, ['bin/pgm.js', 'demo'], {
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '1' },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`the demo ended with ${String(status)}`);
  return stdout;
}
