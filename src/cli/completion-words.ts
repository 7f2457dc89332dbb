import type { Command, Option } from './command.js';
import { globalOptions } from './command-line.js';

/** What may stand in one place of a command line: words, or files whose names end so; no endings: any file. */
export type Offer =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'files'; readonly endings: readonly string[] };

export interface CompletedOption {
  /** With its dashes: `--goal`, `--no-color`. */
  readonly written: string;
  readonly describe: string;
  /** null: it takes no value. */
  readonly value: Offer | null;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly positionals: readonly (Offer & { readonly name: string })[];
}

/** What each command takes and where, for all shells. `codes`: what `pgm explain` knows. */
export function completionWords(commands: readonly Command[], codes: readonly string[]): readonly CompletedCommand[] {
  return commands.map(({ name, summary, options, positionals }) => ({
    name,
    summary,
    options: Object.entries<Option>({ ...options, ...globalOptions }).map(([option, each]) => ({
      written: `--${each.negated === true ? 'no-' : ''}${option}`,
      describe: each.describe ?? '',
      value: each.type === 'boolean' ? null : offered(option, each.choices),
    })),
    positionals: Object.entries(positionals).map(([positional, each]) => ({
      name: positional,
      ...(positional === 'code' ? { kind: 'words' as const, words: codes } : offered(positional, each.choices)),
    })),
  }));
}

const specs = ['yaml', 'yml'];

function offered(name: string, choices: readonly unknown[] | undefined): Offer {
  if (choices !== undefined) return { kind: 'words', words: choices.map(String) };
  if (name === 'spec') return { kind: 'files', endings: specs };
  return { kind: 'files', endings: name === 'file' ? [...specs, 'json'] : [] };
}
