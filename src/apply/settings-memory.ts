import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { reportError } from '../postgres/errors.js';
import { runPurpose } from '../postgres/run-sessions.js';
import type { Spec } from '../spec/spec.js';
import type { SettingRecord } from '../state/lockfile.js';
import { forgetRememberedSettings, rememberSetting } from '../state/remembered-settings.js';

export interface SettingsMemoryOptions {
  readonly name: string;
  readonly lineage: string;
  /** A session in the target's maintenance database. */
  readonly withTarget: (use: (connection: Connection) => Promise<void>) => Promise<void>;
  readonly warn: (message: string) => void;
}

/** Notes on the target what settings were before. One note at a time: the first of them makes the table. */
export class SettingsMemory {
  readonly #options: SettingsMemoryOptions;
  #queue: Promise<unknown> = Promise.resolve();
  #refused = false;

  constructor(options: SettingsMemoryOptions) {
    this.#options = options;
  }

  /** Where the role may not write there, the lockfile alone knows: that is told once and no reason to stop. */
  remember(record: SettingRecord): Promise<void> {
    return this.#inTurn(target => rememberSetting(target, this.#options, record));
  }

  forget(key: string): Promise<void> {
    return this.#inTurn(target => forgetRememberedSettings(target, this.#options.name, key));
  }

  #inTurn(use: (target: Connection) => Promise<void>): Promise<void> {
    const turn = this.#queue.then(async () => {
      if (this.#refused) return;
      try {
        await this.#options.withTarget(use);
      } catch (error) {
        this.#refused = true;
        this.#options.warn(
          'the former values of settings could not be recorded on the target ' +
            `(${reportError(error).message}): only the lockfile has them`,
        );
      }
    });
    this.#queue = turn;
    return turn;
  }
}

/** All of a migration's notes, when it is ready or destroyed. */
export async function forgetSettingsOf(spec: Spec, warn: (message: string) => void): Promise<void> {
  try {
    await withConnection(spec.target.connection, { purpose: runPurpose(spec.name, 'settings') }, target =>
      forgetRememberedSettings(target, spec.name, null),
    );
  } catch (error) {
    warn(
      'the former values of settings are still recorded on the target, in pgm.setting ' +
        `(${reportError(error).message}); \`pgm apply\` or \`pgm destroy\` drops it`,
    );
  }
}
