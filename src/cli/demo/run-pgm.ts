import { spawn } from 'node:child_process';
import { packageFile } from '../../package-file.js';

const program = packageFile('bin/pgm.js');

export interface RunOptions {
  /** Where the spec lies. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Ends the command at once. */
  readonly signal: AbortSignal;
}

/** Runs a command of pgm on the user's own terminal, as if typed there. @returns its exit code */
export async function runPgm(parameters: readonly string[], options: RunOptions): Promise<number> {
  const { code } = await run(parameters, options, 'inherit');
  return code;
}

/** Runs a command with `--json` and gives the object that it prints. */
export async function readPgm<T>(parameters: readonly string[], options: RunOptions): Promise<T> {
  const { stdout } = await run([...parameters, '--json'], options, 'pipe');
  return JSON.parse(stdout) as T;
}

function run(
  parameters: readonly string[],
  options: RunOptions,
  output: 'inherit' | 'pipe',
): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...parameters], {
      cwd: options.folder,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', output, 'inherit'],
      signal: options.signal,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.once('error', reject);
    child.once('close', code => {
      resolve({ code: code ?? 1, stdout });
    });
  });
}
