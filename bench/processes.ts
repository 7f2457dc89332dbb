import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks of /proc per second (`getconf CLK_TCK`), 100 on every Linux that Node runs on. */
const ticks = 100;

interface ProcessTimes {
  readonly parent: number;
  readonly own: number;
  readonly waitedFor: number;
}

function timesOf(pid: number): ProcessTimes | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    const at = (index: number): number => (fields[index] ?? 0) / ticks;
    return { parent: fields[1] ?? 0, own: at(11) + at(12), waitedFor: at(13) + at(14) };
  } catch {
    return null;
  }
}

/** CPU seconds that a postmaster, its children of now and those that have ended have used. */
export function serverCpuSeconds(postmaster: number): number {
  const all = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => ({ pid: Number(name), times: timesOf(Number(name)) }));
  const children = all.filter(({ times }) => times?.parent === postmaster);
  const own = timesOf(postmaster);
  return (own?.own ?? 0) + (own?.waitedFor ?? 0) + children.reduce((sum, { times }) => sum + (times?.own ?? 0), 0);
}

/** CPU seconds of a process, its children of now and those that have ended. */
export const processCpuSeconds = serverCpuSeconds;

export interface Measured {
  /** Seconds from start to exit. */
  readonly wall: number;
  /** CPU seconds of the command and its children. */
  readonly cpu: number;
  /** Peak resident memory of the command itself, bytes. */
  readonly memory: number;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const sampleEvery = 50;

/** Runs a command to its end in a process group of its own; /proc is read while it runs. */
export async function measure(
  program: string,
  argv: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Measured> {
  const began = performance.now();
  const child = spawn(program, [...argv], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  let cpu = 0;
  let memory = 0;
  const sample = setInterval(() => {
    if (child.pid === undefined) return;
    const times = timesOf(child.pid);
    if (times !== null) cpu = Math.max(cpu, times.own + times.waitedFor);
    memory = Math.max(memory, peakMemory(child.pid));
  }, sampleEvery);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearInterval(sample);
  return {
    wall: (performance.now() - began) / 1000,
    cpu,
    memory,
    code,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  };
}

function peakMemory(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
