export type Severity = 'ok' | 'info' | 'warning' | 'error';

/** `change`: pgm will do it, see `step`. `manual`: the user must, `remedy` is what to type. */
export type FindingStatus = 'ok' | 'change' | 'manual' | 'blocked';

export type ServerSide = 'source' | 'target' | 'local';

/** One thing seen on a server, with what it means and what to do. Plain data (CONTRACT, section 5). */
export interface Finding {
  /**
   * Permanent, `PGM` and three digits: 1xx connection, 2xx source, 3xx target, 4xx privileges, 5xx schema, 6xx drift,
   * 7xx the application.
   */
  readonly code: string;
  readonly slug: string;
  readonly severity: Severity;
  readonly status: FindingStatus;
  readonly server: ServerSide;
  readonly database?: string;
  /** The object it is about: a table, setting, role … */
  readonly object?: string;
  /** What the check looks at; the same for every finding of the code. */
  readonly title: string;
  /** What was seen, in a sentence. */
  readonly message: string;
  readonly current: string | null;
  readonly required: string | null;
  /** What to type or do, complete; null when nothing is needed. */
  readonly remedy: string | null;
  /** Id of the plan's step that does it, for status `change`. */
  readonly step?: string;
  /** What the step needs to know, for status `change`: the planner makes the step of it. */
  readonly change?: Change;
}

/** A fix that pgm can make itself. Values are as `ALTER SYSTEM SET` takes them. */
export type Change =
  | {
      readonly kind: 'server-setting';
      readonly server: 'source' | 'target';
      readonly name: string;
      readonly value: string;
      readonly restart: boolean;
    }
  /** Of the target, for the time of the load only. */
  | { readonly kind: 'load-setting'; readonly name: string; readonly value: string }
  | { readonly kind: 'hba-rule'; readonly lines: readonly string[] }
  | { readonly kind: 'replica-identity'; readonly database: string; readonly schema: string; readonly name: string }
  | {
      readonly kind: 'extension';
      readonly server: 'source' | 'target';
      readonly database: string;
      readonly name: string;
    };

/** True when continuous replication (not the dump) is what the finding stands in the way of. */
export type Scope = 'any' | 'continuous';
