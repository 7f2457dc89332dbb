import { readFileSync, readlinkSync } from 'node:fs';

/** Names one process for good: pids are used again, after a restart or in another container. */
export interface ProcessMark {
  /** The running kernel's boot_id. */
  readonly boot: string;
  /** Pid namespace. */
  readonly namespace: string;
  /** Clock ticks from boot to the process's start. */
  readonly start: string;
}

/** null when there is no such process (a zombie is none either), or no /proc. */
export function processMark(pid: number): ProcessMark | null {
  try {
    // Fields after the command in parentheses, which may hold anything: the 1st is the state, the 20th the start time.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return {
      boot: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
      namespace: readlinkSync('/proc/self/ns/pid'),
      start: fields[19] ?? '',
    };
  } catch {
    return null;
  }
}

/** Whether it still runs, on this machine; by its pid alone where /proc is missing. */
export function isProcess(pid: number, mark: ProcessMark | null): boolean {
  if (mark !== null) {
    const now = processMark(pid);
    return now !== null && now.boot === mark.boot && now.namespace === mark.namespace && now.start === mark.start;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
