import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { withConnection } from '../postgres/connect.js';
import { lastWillPurpose, runPurpose } from '../postgres/run-sessions.js';
import { Secret } from '../postgres/secret.js';
import type { LastWill } from './dead-man.js';

/** A last will as it comes through the pipe. */
type Written = Omit<LastWill, 'conninfo'> & {
  readonly migration: string;
  readonly conninfo: Omit<LastWill['conninfo'], 'password'> & { readonly password?: string };
};

/** Milliseconds to go on trying when a server does not answer. */
const patience = 120_000;

let wills: readonly Written[] = [];
for await (const line of createInterface({ input: process.stdin })) wills = JSON.parse(line) as readonly Written[];
// The pipe has closed: pgm is gone.
await Promise.all(wills.map(carryOut));

async function carryOut({ migration, conninfo, database, statements, console = false }: Written): Promise<void> {
  const { password, ...rest } = conninfo;
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      await withConnection(
        { ...rest, password: password === undefined ? undefined : new Secret(password) },
        { database, purpose: runPurpose(migration, lastWillPurpose), console },
        async session => {
          // Each by itself: one that is not needed any more fails.
          for (const statement of statements) await insist(() => session.execute(statement));
        },
      );
      return;
    } catch {
      if (performance.now() > deadline) return;
      await sleep(500);
    }
  }
}

/**
 * Somebody's GRANT or an autovacuum that touches the same row of pg_database at this moment is over at the next try.
 */
async function insist(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 4; tries++) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof Error && /tuple concurrently updated/.test(error.message))) return;
    }
  }
}
