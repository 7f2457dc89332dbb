import { interruptedMessage, UserError } from '../errors.js';
import type { Sink } from '../render/terminal.js';

type Caught = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

const exitCodeOfSignal: Readonly<Record<Caught, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** 130 or 143 once a signal came, else null. */
  readonly exitCode: () => number | null;
  /** Sends the notice of the first signal elsewhere than to stderr: above lines that are drawn over. */
  readonly speakThrough: (print: (text: string) => void) => void;
  /** Takes the handlers away again. */
  readonly restore: () => void;
}

/**
 * Catches Ctrl-C, SIGTERM and a lost terminal from now on. `graceful`: the first aborts the signal, the second ends
 * the process at once; `at-once`: the first does.
 */
export function catchSignals(mode: 'at-once' | 'graceful', stderr: Sink): Interruption {
  const controller = new AbortController();
  let code: number | null = null;
  let print = (text: string): void => {
    stderr.write(text);
  };
  const onSignal = (name: Caught): void => {
    const again = code !== null;
    code = exitCodeOfSignal[name];
    if (mode === 'at-once' || again) process.exit(code);
    print(`\n${stderr.palette.yellow('Interrupt received.')} Stopping cleanly; press again to exit immediately.\n`);
    controller.abort(new UserError(interruptedMessage, { kind: 'stopped', code: 'PGM851' }));
  };
  const names = Object.keys(exitCodeOfSignal) as Caught[];
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    exitCode: () => code,
    speakThrough: next => {
      print = next;
    },
    restore: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
