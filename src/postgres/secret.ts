import { inspect } from 'node:util';

const shown = '(sensitive)';

/** A value that must not be printed: whatever turns it into text, JSON or a debug view gets `(sensitive)`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
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
