import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * A free TCP port of 127.0.0.1. Below the range that systems take for outgoing connections:
 * a server that restarts must not find its port taken by some client meanwhile.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 30_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}
