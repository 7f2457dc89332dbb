import type { Connection } from '../postgres/connection.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import type { Sessions } from './sessions.js';
import { onBoth, type Both, type Pair } from './sides.js';

/** Returns when the target shows every commit of the source up to this LSN. Several may wait at the same time. */
export type WaitForTarget = (sourceLsn: string) => Promise<void>;

/** The same, and tells at every look how many bytes of WAL the target has still to apply. */
export type TellingWait = (sourceLsn: string, onBehind: (bytes: number) => void) => Promise<void>;

/** A snapshot of each side; the target's has everything that the source's has, and maybe more. */
export interface SnapshotPair {
  readonly ids: Both<string>;
  readonly age: () => number;
}

interface HeldPair extends SnapshotPair {
  readonly exporters: Pair;
  users: number;
}

/** Snapshots hold back vacuum on both servers; after this many milliseconds the next table gets new ones. */
const renewAfter = 600_000;

const currentLsn = `
  select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end::text as lsn`;

/** An LSN of the source that is not before anything this session has seen. */
export async function sourceLsn(source: Connection): Promise<string> {
  return (await source.row<{ lsn: string }>(currentLsn)).lsn;
}

/** Hands out pairs of snapshots, each for as long as somebody uses it. */
export class Snapshots {
  readonly #sessions: Sessions;
  readonly #waitForTarget: WaitForTarget | undefined;
  #given: string | undefined;
  #current: HeldPair | undefined;
  /** Pairs are taken one after the other, so that those who come together share one. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param given a snapshot exported on the source, for the first pair */
  constructor(sessions: Sessions, waitForTarget: WaitForTarget | undefined, given: string | undefined) {
    this.#sessions = sessions;
    this.#waitForTarget = waitForTarget;
    this.#given = given;
  }

  /**
   * Calls `use` with a pair whose snapshots can be imported until it returns.
   * @param age `fresh`: not one that was in use before
   */
  async with<T>(age: 'any' | 'fresh', use: (pair: SnapshotPair) => Promise<T>): Promise<T> {
    const taken = this.#turn.then(() => this.#take(age));
    this.#turn = taken.catch(() => undefined);
    const pair = await taken;
    try {
      return await use(pair);
    } finally {
      pair.users--;
      if (pair !== this.#current) await closeUnused(pair);
    }
  }

  async #take(age: 'any' | 'fresh'): Promise<HeldPair> {
    const last = this.#current;
    if (last === undefined || age === 'fresh' || last.age() > renewAfter) {
      this.#current = await this.#export();
      if (last !== undefined) await closeUnused(last);
    }
    const pair = this.#current as HeldPair;
    pair.users++;
    return pair;
  }

  async #export(): Promise<HeldPair> {
    const exporters = await this.#sessions.pair();
    const began = performance.now();
    const source = await exportSnapshot(exporters.source, this.#given);
    this.#given = undefined;
    await this.#waitForTarget?.(await sourceLsn(exporters.source));
    const target = await exportSnapshot(exporters.target);
    return { ids: { source, target }, exporters, age: () => performance.now() - began, users: 0 };
  }
}

async function closeUnused(pair: HeldPair): Promise<void> {
  if (pair.users === 0) await onBoth(side => pair.exporters[side].close());
}

/** Calls `use` in a transaction of each session that sees exactly the pair's snapshots. */
export async function underSnapshots<T>(sessions: Pair, pair: SnapshotPair, use: () => Promise<T>): Promise<T> {
  await onBoth(side => sessions[side].execute(beginWith(pair.ids[side])));
  try {
    return await use();
  } finally {
    await onBoth(side => sessions[side].execute('rollback').catch(() => undefined));
  }
}

async function exportSnapshot(connection: Connection, given?: string): Promise<string> {
  if (given !== undefined) {
    // Imported, so that it outlives whoever exported it as long as workers need it.
    await connection.execute(beginWith(given));
  } else {
    await connection.execute('begin isolation level repeatable read read only');
  }
  return (await connection.row<{ snapshot: string }>('select pg_export_snapshot() as snapshot')).snapshot;
}

const beginWith = (snapshot: string): string =>
  `begin isolation level repeatable read read only; set transaction snapshot ${quoteLiteral(snapshot)}`;
