import { inspect } from 'node:util';

const shown = '(sensitive)';

/** Those that are no plain words: a password such as `postgres` stands for other things too. */
const known = new Set<string>();

function isTelling(value: string): boolean {
  return value.length >= 6 && !/^(?:[a-z_]+|[A-Z_]+)$/.test(value);
}

/** A text with the secrets of this run taken out. */
export function maskKnownSecrets(text: string): string {
  let masked = text;
  for (const secret of known) if (masked.includes(secret)) masked = masked.replaceAll(secret, shown);
  return masked;
}

/** A value that must not be printed: whatever turns it into text, JSON or a debug view gets `(sensitive)`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    if (isTelling(value)) known.add(value);
  }

  /** The value itself, for the connection that needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}
