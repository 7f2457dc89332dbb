import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** What the user has to do before set-up can go on; shown without a stack. */
export class SetupError extends Error {}

/** Ends with a message on a Node.js that is too old for the tools (package.json, engines). */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(`Node.js 20.19 or newer is needed; this is ${process.versions.node}. See https://nodejs.org`);
}

/**
 * Runs a program with its output on stderr, so that stdout stays the caller's.
 * @param {string} doing shown before it starts
 * @param {readonly [string, ...string[]]} command
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv}} [options]
 */
export function run(doing, command, options = {}) {
  console.error(`set-up: ${doing}`);
  const [program, ...parameters] = command;
  const { status, error } = spawnSync(program, parameters, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
    ...options,
  });
  if (status === 0) return;
  throw new SetupError(
    `set-up failed: ${command.join(' ')} ${error === undefined ? `ended with ${String(status)}` : error.message}`,
  );
}

/** First line of what a program prints, or undefined when it cannot be started. */
export function output(program, ...parameters) {
  const { status, stdout } = spawnSync(program, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout.split('\n', 1)[0] : undefined;
}
