import type { ErrorReport } from '../errors.js';
import { UserError } from '../errors.js';
import { mayPass } from './sqlstate.js';

/** A failed statement: PostgreSQL's own fields and the statement (secrets taken out by the sender). */
export class StatementError extends Error {
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly where: string | undefined;
  readonly position: number | undefined;
  readonly statement: string | undefined;

  constructor(cause: unknown, statement?: string) {
    const fields = cause as Partial<Record<'code' | 'detail' | 'hint' | 'where' | 'position', string>>;
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'StatementError';
    this.code = fields.code ?? (isLostConnection(cause) ? '08006' : undefined);
    this.detail = fields.detail;
    this.hint = fields.hint;
    this.where = fields.where;
    this.position = fields.position === undefined ? undefined : Number(fields.position);
    this.statement = statement;
  }
}

function isLostConnection(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    /Connection terminated|Client was closed|not queryable|timeout expired/.test(cause.message)
  );
}

/** SQLSTATE or system error code of an error, looked for along its causes. */
export function errorCode(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === 'string' && code !== '') return code;
  }
  return undefined;
}

export function isRetryable(error: unknown): boolean {
  return mayPass(errorCode(error));
}

/** An error as plain data, for events, JSON and the lockfile. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof StatementError) {
    return {
      message: error.message,
      ...(error.code === undefined ? {} : { sqlstate: error.code }),
      ...(error.detail === undefined ? {} : { detail: error.detail }),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.where === undefined ? {} : { where: error.where }),
      ...(error.statement === undefined ? {} : { statement: error.statement.slice(0, 2000) }),
      retryable: isRetryable(error),
    };
  }
  if (error instanceof UserError) {
    return {
      message: error.message,
      ...(error.code === undefined ? {} : { code: error.code }),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      retryable: false,
    };
  }
  return { message: error instanceof Error ? error.message : String(error), retryable: isRetryable(error) };
}
