import { connect } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import type { PgBouncerSwitch } from '../spec/spec.js';

/**
 * PgBouncer's admin console during the switch: clients wait at the bouncer (PAUSE) while it is pointed at the other
 * server by a hook that rewrites its file, and go on (RELOAD, RESUME) without an error.
 */
export class PausedBouncer {
  readonly #console: Connection;
  readonly #databases: readonly string[];

  private constructor(console: Connection, databases: readonly string[]) {
    this.#console = console;
    this.#databases = databases;
  }

  static async connect(bouncer: PgBouncerSwitch, databases: readonly string[]): Promise<PausedBouncer> {
    const console = await connect({ ...bouncer.admin, database: 'pgbouncer' }, { purpose: 'switch' });
    return new PausedBouncer(console, bouncer.databases.length > 0 ? bouncer.databases : databases);
  }

  /** Waits until each server connection has ended its transaction. */
  async pause(): Promise<void> {
    for (const database of this.#databases) await this.#console.execute(`PAUSE ${quoteIdentifier(database)}`);
  }

  async reload(): Promise<void> {
    await this.#console.execute('RELOAD');
    // Connections to the old server must not be used again.
    for (const database of this.#databases) await this.#console.execute(`RECONNECT ${quoteIdentifier(database)}`).catch(() => undefined);
  }

  async resume(): Promise<void> {
    for (const database of this.#databases) await this.#console.execute(`RESUME ${quoteIdentifier(database)}`);
  }

  async close(): Promise<void> {
    await this.#console.close();
  }
}
