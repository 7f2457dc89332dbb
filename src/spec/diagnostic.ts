import { UserError, type Location } from '../errors.js';
import type { SpecCode } from './diagnostic-codes.js';

/** One mistake in a spec file, at its place. No secret is in its texts. */
export interface Diagnostic {
  /** Permanent, `PGMS` and three digits. */
  readonly code: SpecCode;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint?: string;
  readonly location: Location;
  /** Characters from `location` on that the mistake covers. Default: 1. */
  readonly length?: number;
}

/** A spec that cannot be used, with every mistake found in it, in the order of the file. */
export class SpecErrors extends UserError {
  readonly diagnostics: readonly Diagnostic[];
  /** The spec file's text, for the lines to show; '' when it could not be read. Secrets in it are not masked. */
  readonly #text: string;

  constructor(diagnostics: readonly Diagnostic[], text: string) {
    const errors = diagnostics.filter(diagnostic => diagnostic.severity === 'error');
    const [first] = errors;
    super(summary(errors), {
      kind: 'usage',
      code: first?.code ?? 'PGMS001',
      ...(first === undefined ? {} : { location: first.location }),
      ...(first?.hint === undefined ? {} : { hint: first.hint }),
    });
    this.name = 'SpecErrors';
    this.diagnostics = diagnostics;
    this.#text = text;
  }

  /** The spec file's text, for {@link formatDiagnostic}, which masks the secrets in what it shows. */
  get text(): string {
    return this.#text;
  }
}

function summary(errors: readonly Diagnostic[]): string {
  const [first] = errors;
  if (first === undefined) return 'the spec has no errors';
  return errors.length === 1 ? first.message : `${first.message} (and ${String(errors.length - 1)} more)`;
}
