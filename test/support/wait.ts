import { setTimeout as pause } from 'node:timers/promises';

/**
 * Returns as soon as the condition holds.
 * @param timeout milliseconds
 * @throws Error that names what was waited for
 */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeout = 30_000,
): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeout} ms in vain: ${what}`);
    await pause(25);
  }
}
