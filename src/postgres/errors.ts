import type { ErrorReport } from '../errors.js';
import { UserError } from '../errors.js';
import { isProtocolError } from './protocol-error.js';
import { said } from './said.js';
import { isConnectionException, mayPass, sqlstate } from './sqlstate.js';

/** A failed statement: PostgreSQL's own fields and the statement (secrets taken out by the sender). */
export class StatementError extends Error {
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly where: string | undefined;
  readonly position: number | undefined;
  readonly statement: string | undefined;
  /**
   * The session was still there after it: a lost connection that it tells of is another's, of dblink or postgres_fdw.
   */
  readonly survived: boolean;

  constructor(cause: unknown, statement?: string, survived = false) {
    const fields = cause as Partial<Record<'code' | 'severity' | 'detail' | 'hint' | 'where' | 'position', string>>;
    super(said(cause instanceof Error ? cause.message : String(cause)), { cause });
    this.name = 'StatementError';
    this.code = codeOf(fields) ?? (isLostConnection(cause) ? '08006' : undefined);
    if (isProtocolError(cause)) this.code = sqlstate.protocolViolation;
    this.detail = fields.detail === undefined ? undefined : said(fields.detail);
    this.hint = fields.hint === undefined ? undefined : said(fields.hint);
    this.where = fields.where === undefined ? undefined : said(fields.where);
    const position = Number(fields.position);
    this.position = Number.isSafeInteger(position) && position > 0 ? position : undefined;
    this.statement = statement;
    this.survived = survived;
  }
}

/** What a server gives as its code is an SQLSTATE or nothing: not one of the system's, and no text of its own. */
function codeOf({ code, severity }: { readonly code?: string; readonly severity?: string }): string | undefined {
  return severity === undefined || /^[0-9A-Z]{5}$/.test(code ?? '') ? code : undefined;
}

function isLostConnection(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    /Connection terminated|Client was closed|not queryable|timeout expired/.test(cause.message)
  );
}

/** Codes of ours that tell how a run ended, not what a server said: that is their cause. */
const tellsOfTheRun = /^PGM8/;

/** SQLSTATE or system error code of an error, looked for along its causes. */
export function errorCode(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === 'string' && code !== '' && !tellsOfTheRun.test(code)) return code;
  }
  return undefined;
}

export function isRetryable(error: unknown): boolean {
  const code = errorCode(error);
  return !isProtocolError(error) && mayPass(code) && !(isConnectionException(code) && isOfAnother(error));
}

/**
 * What a statement said of a connection that is not ours. A subscription's is the target's to the source, which may
 * come back.
 */
function isOfAnother(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
    if (at instanceof StatementError) return at.survived && !/^\s*\w+\s+subscription\b/i.test(at.statement ?? '');
  return false;
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
      code: error.code,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      retryable: false,
    };
  }
  return { message: error instanceof Error ? error.message : String(error), retryable: isRetryable(error) };
}
