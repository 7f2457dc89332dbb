import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useWorkspace } from '../support/pgm.js';

describe.runIf(existsSync('/proc/self/cmdline'))('pgm demo, interrupted', () => {
  const workspace = useWorkspace();

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('leaves no server and no file after %s', async (signal, code) => {
    const temporary = join(workspace.folder, `tmp-${signal}`);
    mkdirSync(temporary, { mode: 0o755 });
    workspace.environment['TMPDIR'] = temporary;
    const demo = workspace.start('demo');
    await demo.printed(/\$ pgm plan/);
    expect(processesNaming(temporary)).not.toEqual([]);
    demo.process.kill(signal);
    expect(await demo.result).toMatchObject({ code });
    expect(readdirSync(temporary)).toEqual([]);
    expect(processesNaming(temporary)).toEqual([]);
  });
});

/** Command lines of running processes that name a folder. */
function processesNaming(folder: string): string[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return pids.map(commandLine).filter(line => line.includes(folder));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it has just ended
  }
}
