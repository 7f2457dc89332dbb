import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '../support/wait.js';
import { aSpec, type SpecWish } from './a-spec.js';

const script = fileURLToPath(new URL('holder-process.mjs', import.meta.url));

export interface Answer {
  readonly locked?: string;
  readonly token?: string;
  readonly waiting?: string;
  readonly text?: string;
  readonly notice?: string;
  readonly lost?: string;
  readonly checked?: boolean;
  readonly error?: string;
  readonly kind?: string;
  readonly hint?: string;
  readonly failed?: string;
  readonly ended?: boolean;
}

/** Another process, running the built code, that takes the lock and does what it is told. */
export class HolderChild {
  readonly answers: Answer[] = [];
  readonly process: ChildProcess;
  #errors = '';

  constructor(wish: SpecWish, lockTimeout = 0) {
    this.process = spawn(process.execPath, [script, JSON.stringify({ spec: aSpec(wish), lockTimeout })], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let rest = '';
    this.process.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      this.answers.push(...lines.map(line => JSON.parse(line) as Answer));
    });
    this.process.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** The first answer that has the field, after as many as there were when it was asked for. */
  async answer(field: keyof Answer, from = 0): Promise<Answer> {
    const find = (): Answer | undefined => this.answers.slice(from).find(each => field in each);
    await waitUntil(`"${field}" from the child`, () => find() !== undefined).catch((error: unknown) => {
      throw new Error(`${String(error)}; it said ${JSON.stringify(this.answers)} ${this.#errors}`);
    });
    return find() ?? {};
  }

  async locked(): Promise<string> {
    return (await this.answer('locked')).locked ?? '';
  }

  async check(purpose: 'act' | 'record' = 'act'): Promise<Answer> {
    const before = this.answers.length;
    this.process.stdin?.write(`${purpose}\n`);
    return await this.answer('checked', before);
  }

  async end(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.stdin?.write('end\n');
    await once(this.process, 'exit');
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }
}
