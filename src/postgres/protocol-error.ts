/** What came is not what a PostgreSQL server sends: nothing more is read from there. */
export class ProtocolError extends Error {
  constructor(what: string, cause?: unknown) {
    super(`what answers is not PostgreSQL, or its answer was altered on the way: ${what}`, { cause });
    this.name = 'ProtocolError';
  }
}

/** Somewhere along its causes an error tells of an answer that is none. */
export function isProtocolError(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
    if (at instanceof ProtocolError) return true;
  return false;
}
