import { connect } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { quoteInText } from '../postgres/identifiers.js';
import type { LastWill } from './dead-man.js';
import { lockTry, type FreezeOptions } from './freeze.js';
import type { PgBouncerSwitch } from '../spec/spec.js';

/**
 * PgBouncer's admin console during the switch: clients wait at the bouncer (PAUSE) while it is pointed at the other
 * server by a hook that rewrites its file, and go on (RELOAD, RESUME) without an error.
 */
export class PausedBouncer {
  readonly #bouncer: PgBouncerSwitch;
  readonly #console: Connection;
  readonly #databases: readonly string[];
  /** Opened before clients wait: the next PAUSE begins at once. */
  #next: Connection | null = null;

  private constructor(bouncer: PgBouncerSwitch, console: Connection, databases: readonly string[]) {
    this.#bouncer = bouncer;
    this.#console = console;
    this.#databases = databases;
  }

  static async connect(bouncer: PgBouncerSwitch, databases: readonly string[]): Promise<PausedBouncer> {
    return new PausedBouncer(
      bouncer,
      await open(bouncer),
      bouncer.databases.length > 0 ? bouncer.databases : databases,
    );
  }

  /** What {@link pause} needs, while clients still go on. */
  async prepare(): Promise<void> {
    this.#next ??= await open(this.#bouncer);
  }

  /**
   * Returns when every server connection has ended its transaction. PAUSE keeps its session busy until then, so it has
   * one of its own.
   * @param timeout milliseconds
   * @returns false when it took longer: nothing is paused then
   */
  async pause(timeout: number): Promise<boolean> {
    const session = this.#next ?? (await open(this.#bouncer));
    this.#next = null;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>(resolve => (timer = setTimeout(() => resolve(false), timeout)));
    const all = async (): Promise<true> => {
      for (const database of this.#databases) await session.execute(`PAUSE ${quoteInText(database)}`);
      return true;
    };
    const pausing = all();
    try {
      if (await Promise.race([pausing, late])) return true;
      await this.resume();
      return false;
    } finally {
      clearTimeout(timer);
      session.destroy();
      await pausing.catch(() => undefined);
    }
  }

  /** Reads its file again; connections to the old server are not used any more. */
  async reload(): Promise<void> {
    await this.#console.execute('RELOAD');
    for (const database of this.#databases)
      await this.#console.execute(`RECONNECT ${quoteInText(database)}`).catch(() => undefined);
  }

  /** Lets clients go on. One that is not paused is left as it is. */
  async resume(): Promise<void> {
    for (const database of this.#databases) {
      await this.#console.execute(`RESUME ${quoteInText(database)}`).catch((error: unknown) => {
        if (!(error instanceof Error && /not paused/.test(error.message))) throw error;
      });
    }
  }

  /** What lets clients go on when pgm cannot any more; `reload`: on the other server. */
  lastWill(reload: boolean): LastWill {
    const resume = this.#databases.map(database => `RESUME ${quoteInText(database)}`);
    return {
      conninfo: this.#bouncer.admin,
      database: 'pgbouncer',
      console: true,
      statements: reload ? ['RELOAD', ...resume] : resume,
    };
  }

  async close(): Promise<void> {
    this.#next?.destroy();
    await this.#console.close();
  }
}

/** Clients stand still at the bouncer before each try to lock, and go on when it failed. */
export function aroundTries(bouncer: PausedBouncer | null): Pick<FreezeOptions, 'around'> {
  return bouncer === null
    ? {}
    : {
        around: {
          ready: () => bouncer.prepare(),
          before: () => bouncer.pause(lockTry),
          failed: () => bouncer.resume(),
        },
      };
}

async function open({ admin }: PgBouncerSwitch): Promise<Connection> {
  return connect({ ...admin, database: 'pgbouncer' }, { purpose: 'switch', console: true });
}
