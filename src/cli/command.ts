import type { InferredOptionTypes, Options, PositionalOptions } from 'yargs';
import type { Terminal } from '../render/terminal.js';
import type { Interruption } from './interruption.js';

/** What every command is given besides its arguments. */
export interface Context {
  readonly terminal: Terminal;
  readonly interruption: Interruption;
  /** `--debug` */
  readonly debug: boolean;
}

/** yargs' description of an option, with what help shows for its value. */
export interface Option extends Options {
  readonly type: 'boolean' | 'string';
  /** `FILE`, `10m`; the choices where there are some. */
  readonly placeholder?: string;
  /** True by default: help and suggestions name `--no-…`. */
  readonly negated?: boolean;
}

export type OptionTable = Readonly<Record<string, Option>>;
export type PositionalTable = Readonly<Record<string, PositionalOptions>>;

interface Definition<P extends PositionalTable, O extends OptionTable> {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What a user should know beyond the summary. */
  readonly details?: readonly string[];
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** In the order they are typed; required with `demandOption`. */
  readonly positionals: P;
  readonly options: O;
  /**
   * What the first Ctrl-C does: `at-once` ends the process (nothing to save), `graceful` aborts
   * `context.interruption.signal` and lets the command end in its own way.
   */
  readonly interruption: 'at-once' | 'graceful';
}

/** A command as main, help and completion see it. `run` gives the exit code; errors are mapped by main. */
export interface Command extends Definition<PositionalTable, OptionTable> {
  run(values: Readonly<Record<string, unknown>>, context: Context): Promise<number>;
}

/** Puts a command together; `run` sees its values with the types that the tables declare. */
export function command<const P extends PositionalTable, const O extends OptionTable>(
  definition: Definition<P, O> & {
    run(values: InferredOptionTypes<P> & InferredOptionTypes<O>, context: Context): Promise<number>;
  },
): Command {
  return {
    ...definition,
    run: (values, context) => definition.run(values as InferredOptionTypes<P> & InferredOptionTypes<O>, context),
  };
}
