import { spawn } from 'node:child_process';
import type { WatchEvent } from '../apply/watch-events.js';

/** Milliseconds that a notification may take. */
const patience = 30_000;

/**
 * Runs the user's program with the event as JSON on stdin; never through a shell.
 * @returns what went wrong, null when it ended with 0
 */
export function notify(program: string, event: WatchEvent): Promise<string | null> {
  return new Promise(resolve => {
    const child = spawn(program, [], { stdio: ['pipe', 'ignore', 'ignore'], timeout: patience, killSignal: 'SIGKILL' });
    // A program that does not read its stdin is none of our business.
    child.stdin.on('error', () => undefined);
    child.on('error', error => resolve(`${program} cannot be started: ${error.message}`));
    child.on('exit', (code, signal) =>
      resolve(code === 0 ? null : `${program} ended with ${code === null ? String(signal) : `exit code ${code}`}`),
    );
    child.stdin.end(`${JSON.stringify(event)}\n`);
  });
}
