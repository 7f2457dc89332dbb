import { Chalk, type ChalkInstance } from 'chalk';

/** Colours of one stream; at level 0 every function gives its text back as it is. */
export type Palette = ChalkInstance;

export interface ColourWishes {
  readonly isTerminal: boolean;
  /** False for `--no-color`. */
  readonly color: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** No colour codes at all: for tests, files and pipes. */
export const plain: Palette = new Chalk({ level: 0 });

/**
 * Colours for one stream. `--no-color` and NO_COLOR (not empty) switch them off, FORCE_COLOR (not 0) on;
 * otherwise they are for terminals other than `dumb`.
 */
export function paletteFor(wishes: ColourWishes): Palette {
  return isColoured(wishes) ? new Chalk({ level: 1 }) : plain;
}

function isColoured({ isTerminal, color, environment }: ColourWishes): boolean {
  if (!color || (environment['NO_COLOR'] ?? '') !== '') return false;
  const force = environment['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  return isTerminal && environment['TERM'] !== 'dumb';
}
