import type { StateLocation } from '../spec/spec.js';
import type { Lockfile } from './lockfile.js';

/** What the writer believes to be stored: when it is not so, the write is refused and nothing changes. */
export interface Expected {
  /** Serial of the lockfile that was read; null: none was there. */
  readonly serial: number | null;
  /** Fencing token of the run's lock, see {@link StateBackend.claim}. */
  readonly token: string;
}

/** Where one migration's lockfile is kept. */
export interface StateBackend {
  readonly kind: StateLocation['kind'];
  /** Where it is, for messages; no secrets. */
  describe(): string;
  /**
   * The lockfile, or null where none is stored. Writes nothing.
   * @throws UserError when it is damaged, of a newer format or of another migration, or cannot be reached
   */
  read(): Promise<Lockfile | null>;
  /** What a reader should know beside the content, such as an older file put back; each a sentence. */
  warnings(): Promise<readonly string[]>;
  /**
   * Takes the stored state for the holder of a run's lock. Earlier holders' tokens are refused from now on.
   * @param holder ID of the lock
   * @returns the token that {@link write} and {@link remove} want
   */
  claim(holder: string): Promise<string>;
  /**
   * Stores `next` durably: after it returns, a crash brings back `next`; before, what was there.
   * @throws UserError of kind `locked` when serial or token are not as expected
   */
  write(next: Lockfile, expected: Expected): Promise<void>;
  /** Removes the lockfile and all that was made to hold it. No error where there is none. */
  remove(expected: Expected): Promise<void>;
}
