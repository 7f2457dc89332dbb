import { UserError } from '../errors.js';

/** One thing wrong with a connection's description. Its texts never hold a password, nor a piece that may be one. */
export interface ConninfoProblem {
  readonly kind: 'syntax' | 'unknown-keyword' | 'unsupported' | 'value' | 'conflict' | 'service' | 'file';
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint?: string;
  /** libpq keyword (or field) that it is about. */
  readonly keyword?: string;
}

/** A connection's description that cannot be used, with everything that is wrong with it. */
export class ConninfoError extends UserError {
  readonly problems: readonly ConninfoProblem[];

  constructor(problems: readonly ConninfoProblem[]) {
    const [first] = problems;
    super(problems.map(problem => problem.message).join('; '), {
      kind: 'usage',
      code: 'PGM870',
      ...(first?.hint === undefined ? {} : { hint: first.hint }),
    });
    this.name = 'ConninfoError';
    this.problems = problems;
  }
}
