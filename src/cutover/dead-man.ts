import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { packageFile } from '../package-file.js';
import type { Conninfo } from '../postgres/conninfo.js';

/** What is sent to one server if pgm is no more. */
export interface LastWill {
  readonly conninfo: Conninfo;
  readonly database: string;
  readonly statements: readonly string[];
  /** The admin console of a PgBouncer. */
  readonly console?: boolean;
}

/**
 * Locks go with the session that holds them; a paused PgBouncer and a read-only database do not. A small process of its
 * own waits beside pgm: when pgm ends without having said that all is well, it sends pgm's last will.
 */
export class DeadMan {
  readonly #migration: string;
  readonly #pipe: Writable;

  private constructor(migration: string, pipe: Writable) {
    this.#migration = migration;
    this.#pipe = pipe;
  }

  /** @param migration whose sessions are those that it opens */
  static start(migration: string): DeadMan {
    // A group of its own: what ends pgm's group must not end it.
    const child = spawn(process.execPath, [packageFile('dist/cutover/dead-man-process.js')], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      env: {},
    });
    // Gone before pgm: then there is nobody to tell.
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    child.unref();
    return new DeadMan(migration, child.stdin);
  }

  /**
   * From now on this is what happens. Passwords go through the pipe, never onto a command line. Returns when it is on
   * its way.
   */
  async will(wills: readonly LastWill[]): Promise<void> {
    const line = JSON.stringify(
      wills.map(({ conninfo, ...rest }) => ({
        ...rest,
        migration: this.#migration,
        conninfo: { ...conninfo, password: conninfo.password?.reveal() },
      })),
    );
    await new Promise<void>(resolve => {
      if (this.#pipe.destroyed) resolve();
      else this.#pipe.write(`${line}\n`, () => resolve());
    });
  }

  /** All is well: it ends, and does nothing. */
  async dismiss(): Promise<void> {
    await this.will([]);
    this.#pipe.end();
  }
}
