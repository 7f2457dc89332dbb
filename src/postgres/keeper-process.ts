import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { endProgram, type KeeperAnswer, type KeeperRequest } from './keeper.js';
import { endMarked } from './marked-processes.js';

/** Group leaders and marks by the request's id. */
const groups = new Map<number, { readonly leader: number; readonly mark: string }>();

type Started = Extract<KeeperRequest, { readonly run: unknown }>['run'];

const folders: string[] = [];

/** Milliseconds that a program's last words may come behind its end; others may hold its outputs open for ever. */
const lastWords = 200;

// What is meant for pgm reaches this process too where somebody signals all that is called node: the pipe alone counts.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);
const answers = new Socket({ fd: 3, readable: false, writable: true });
// Nobody reads any more: pgm is gone, and stdin tells.
answers.on('error', () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as KeeperRequest;
  if ('run' in request) start(request.id, request.run);
  else if ('folder' in request) makeFolder(request.id, request.folder);
  else end(request.id);
}
for (const id of groups.keys()) end(id);
// What has been ended may write for a moment still.
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
process.exit();

function start(id: number, { argv: [program = '', ...argv], cwd, env, mark }: Started): void {
  const child = spawn(program, argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  if (child.pid !== undefined) {
    groups.set(id, { leader: child.pid, mark });
    answer({ id, group: child.pid });
  }
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (output: string) => answer({ id, output }));
  let told = false;
  const tell = (ended: KeeperAnswer): void => {
    if (told) return;
    told = true;
    answer(ended);
    child.stdout.destroy();
    child.stderr.destroy();
  };
  child.on('error', error => tell({ id, cannotStart: error.message }));
  child.on('close', (code, signal) => tell({ id, code, signal }));
  child.on('exit', (code, signal) => {
    // Its pid may be given to another process from now on.
    groups.delete(id);
    // One that failed is over, with all that it left. What a program that ended well leaves running is meant to run.
    if (code !== 0) endMarked(mark);
    setTimeout(tell, lastWords, { id, code, signal });
  });
}

function makeFolder(id: number, beginning: string): void {
  try {
    const folder = mkdtempSync(beginning);
    folders.push(folder);
    answer({ id, folder });
  } catch (error) {
    answer({ id, cannotStart: error instanceof Error ? error.message : String(error) });
  }
}

function end(id: number): void {
  const group = groups.get(id);
  if (group !== undefined) endProgram(group.leader, group.mark);
}

function answer(message: KeeperAnswer): void {
  answers.write(`${JSON.stringify(message)}\n`);
}
