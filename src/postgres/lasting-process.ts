import { spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { processMark } from '../process-mark.js';
import { lastingFiles, type LastingBegin, type LastingEnd, type LastingRequest } from './lasting-program.js';

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);

const request = await text(process.stdin);
// pgm was ended before it could say what to run: nothing has begun.
if (!request.endsWith('\n')) process.exit();
const {
  argv: [program = '', ...argv],
  folder,
} = JSON.parse(request) as LastingRequest;
const note = (name: string, content: LastingBegin | LastingEnd): void => {
  const file = join(folder, name);
  writeFileSync(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
  renameSync(`${file}.new`, file);
};
note(lastingFiles.begun, { pid: process.pid, process: processMark(process.pid) });
const child = spawn(program, argv, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', error => note(lastingFiles.ended, { code: null, signal: null, cannotStart: error.message }));
child.on('exit', (code, signal) => note(lastingFiles.ended, { code, signal, cannotStart: null }));
