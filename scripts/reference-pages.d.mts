import type { Command, OptionTable } from '../src/cli/command.js';

/** A JSON Schema as parsed. */
export type Schema = Readonly<Record<string, unknown>>;

export function commandsPage(
  commands: readonly Command[],
  globalOptions: OptionTable,
  exitCodes: readonly (readonly [string, string])[],
): string;
export function specPage(schema: Schema): string;
export function jsonPage(schemas: Readonly<Record<string, Schema>>): string;
