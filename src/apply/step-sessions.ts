import { begunWith, connect } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import type { Conninfo } from '../postgres/conninfo.js';

/** Sessions that wait for the next step: one of each database that is worked on, and of the maintenance database. */
const kept = 6;

export interface StepSessionsOptions {
  readonly conninfo: Conninfo;
  readonly purpose: string;
  /** False: each use opens its own, where sessions are counted, ended or lost to a restart. */
  readonly reuse: boolean;
  /** Settings of every session, and whether it computes values, as in `connect`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly computes?: boolean;
  /** What every session begins with. */
  readonly prepare?: (connection: Connection) => Promise<void>;
}

/**
 * Sessions of the steps on one server. One that a step gave back in good order serves the next step of its database:
 * opening costs a process on the server, and several round trips. One that failed is closed.
 */
export class StepSessions {
  readonly #options: StepSessionsOptions;
  /** Oldest first. */
  readonly #idle: Connection[] = [];

  constructor(options: StepSessionsOptions) {
    this.#options = options;
  }

  async use<T>(database: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.#take(database) ?? (await this.#open(database));
    let isGood = false;
    try {
      const result = await work(connection);
      isGood = true;
      return result;
    } finally {
      if (isGood && this.#options.reuse && !connection.isLost) await this.#keep(connection);
      else await connection.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(connection => connection.close()));
  }

  #take(database: string): Connection | undefined {
    const at = this.#idle.findLastIndex(connection => connection.database === database && !connection.isLost);
    return at === -1 ? undefined : this.#idle.splice(at, 1)[0];
  }

  async #keep(connection: Connection): Promise<void> {
    this.#idle.push(connection);
    if (this.#idle.length > kept) await this.#idle.shift()?.close();
  }

  async #open(database: string): Promise<Connection> {
    const { conninfo, purpose, prepare, settings, computes = false } = this.#options;
    const connection = await connect(conninfo, { database, purpose, settings, computes });
    return prepare === undefined ? connection : begunWith(connection, prepare);
  }
}
