import { withConnection } from '../postgres/connect.js';
import { reportError } from '../postgres/errors.js';
import { runPurpose } from '../postgres/run-sessions.js';
import type { Spec } from '../spec/spec.js';
import { forgetRememberedSettings } from '../state/remembered-settings.js';
import type { StateSession } from '../state/state-session.js';
import { forgetSetting } from '../state/transitions.js';
import { loadSettingsLeft, putLoadSettingsBack } from '../steps/restore-settings.js';

/**
 * The target's settings of everyday use, wherever a load ended that did not come to its own step for it.
 * @param records what they were before, where the state does not have all of them
 */
export async function restoreLoadSettings(
  spec: Spec,
  state: StateSession,
  warn: (message: string) => void,
  records = state.current?.settings ?? {},
): Promise<number> {
  if (loadSettingsLeft(records).length === 0) return 0;
  return withConnection(spec.target.connection, { purpose: runPurpose(spec.name, 'settings') }, target =>
    putLoadSettingsBack(
      target,
      records,
      async key => {
        await forgetRememberedSettings(target, spec.name, key);
        await state.update(lockfile => forgetSetting(lockfile, key), 'record');
      },
      warn,
    ),
  );
}

/** Runs a load; when it fails or is interrupted, the settings that were made for it do not outlive it. */
export async function withLoadSettingsPutBack<T>(
  spec: Spec,
  state: StateSession,
  lockLost: AbortSignal,
  warn: (message: string) => void,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } finally {
    // Without the lock another run may be loading already: they are its to put back.
    if (!lockLost.aborted) {
      await restoreLoadSettings(spec, state, warn).catch((error: unknown) =>
        warn(
          `the target's settings for the load could not be put back ` +
            `(${reportError(error).message}); the next apply, stop or destroy does it`,
        ),
      );
    }
  }
}
