/** A place in a text file, 1-based. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What became of an error for the caller; the CLI maps each to one exit code (CONTRACT, section 4). */
export type FailureKind =
  | 'failure' // 1
  | 'usage' // 3: bad usage or spec
  | 'locked' // 4
  | 'stale-plan' // 5
  | 'blocked' // 6
  | 'stopped' // 7: stopped part-way, resumable
  | 'declined' // 8
  | 'different'; // 9

export interface UserErrorDetails {
  readonly kind?: FailureKind;
  /** One that checks/all-codes.ts knows: what is said to people can be explained. */
  readonly code: string;
  readonly hint?: string;
  readonly location?: Location;
  /** What the servers are now leads to another plan, which goes on from here. */
  readonly plansAgain?: true;
  readonly cause?: unknown;
}

/**
 * An error that is the user's to act on: shown with code, hint and location, without a stack.
 * Anything else that is thrown is a bug of ours and shown with its stack.
 */
export class UserError extends Error {
  readonly kind: FailureKind;
  readonly code: string;
  readonly hint: string | undefined;
  readonly location: Location | undefined;
  readonly plansAgain: boolean;

  constructor(message: string, details: UserErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'UserError';
    this.kind = details.kind ?? 'failure';
    this.code = details.code;
    this.hint = details.hint;
    this.location = details.location;
    this.plansAgain = details.plansAgain === true;
  }
}

/** What the error of a run says that its user interrupted, and of the steps that it was in. */
export const interruptedMessage = 'interrupted';

/** An error as JSON output tells it. */
export interface ErrorReport {
  readonly message: string;
  readonly code?: string;
  /** PostgreSQL's own fields, kept as they came. */
  readonly sqlstate?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
  readonly statement?: string;
  readonly retryable: boolean;
}
