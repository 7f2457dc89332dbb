import { UserError } from '../errors.js';
import { reportError } from '../postgres/errors.js';
import { SpecErrors, type Diagnostic } from '../spec/diagnostic.js';
import type { ErrorReport, Location } from '../errors.js';
import { renderEventJson } from './events-json.js';

/** What ends the output of `--json` where there is nothing else to end it with. */
export interface ErrorOutput {
  readonly format_version: 1;
  readonly pgm_version: string;
  readonly error: ErrorReport & {
    readonly exit_code: number;
    readonly location?: Location;
    /** Every mistake that was found, where it is the spec's. */
    readonly diagnostics?: readonly Diagnostic[];
  };
}

export interface ErrorJsonOptions {
  readonly pgmVersion: string;
  readonly exitCode: number;
  /** `events`: NDJSON that ends with a summary. */
  readonly form: 'object' | 'events';
}

/** An error that ended a command before it had anything to say. */
export function renderErrorJson(error: unknown, { pgmVersion, exitCode, form }: ErrorJsonOptions): string {
  const told = reportError(error);
  if (form === 'events') return eventsOf(told, pgmVersion);
  const output: ErrorOutput = {
    format_version: 1,
    pgm_version: pgmVersion,
    error: {
      ...told,
      exit_code: exitCode,
      ...(error instanceof UserError && error.location !== undefined ? { location: error.location } : {}),
      ...(error instanceof SpecErrors ? { diagnostics: error.diagnostics } : {}),
    },
  };
  return `${JSON.stringify(output, null, 2)}\n`;
}

function eventsOf({ message, hint }: ErrorReport, pgmVersion: string): string {
  const at = new Date().toISOString();
  return [
    renderEventJson({ type: 'version', format_version: 1, pgm_version: pgmVersion, at }),
    renderEventJson({ type: 'diagnostic', severity: 'error', message, at }),
    renderEventJson({
      type: 'summary',
      result: 'failed',
      goal: null,
      reached: null,
      steps: { done: 0, failed: 0, not_started: 0 },
      seconds: 0,
      write_stop_ms: null,
      next: hint ?? null,
      at,
    }),
  ].join('');
}
