import { readdirSync, readFileSync } from 'node:fs';

/**
 * In the environment of each program that must end with pgm. What it starts inherits it, also in a session or behind a
 * fork of its own, where no signal to the program's group comes.
 */
export const programMark = 'PGM_PROGRAM';

export interface MarkedProcess {
  readonly pid: number;
  readonly mark: string;
  readonly argv: readonly string[];
}

/**
 * Processes of this machine whose mark begins so. Empty where there is no /proc, as on macOS, and without those of
 * other users (sudo), whose environment is not for us.
 */
export function markedProcesses(beginning: string): readonly MarkedProcess[] {
  const wanted = `\0${programMark}=${beginning}`;
  return readFolder('/proc').flatMap((name): MarkedProcess[] => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    const environment = `\0${read(`/proc/${name}/environ`)}`;
    const at = environment.indexOf(wanted);
    if (at < 0) return [];
    const from = at + programMark.length + 2;
    return [
      {
        pid: Number(name),
        mark: environment.slice(from, environment.indexOf('\0', from)),
        argv: read(`/proc/${name}/cmdline`).split('\0').slice(0, -1),
      },
    ];
  });
}

/** Looks at most; each finds what was forked while the one before it ran. */
const looks = 50;

/** Ends them at once, also what they start meanwhile. */
export function endMarked(beginning: string): void {
  for (let look = 0; look < looks; look++) {
    const found = markedProcesses(beginning);
    if (found.length === 0) return;
    for (const { pid } of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }
  }
}

function readFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
