import type { DatabaseFacts } from './database-facts.js';
import type { ServerFacts } from './server-facts.js';

export type * from './client-facts.js';
export type * from './database-facts.js';
export type * from './server-facts.js';

/**
 * What the servers look like: plain, frozen data made by SELECT only. Checks and plan are decided from it alone.
 *
 * Glossary: a *relation* is a row of pg_class; `oid`s are the source's and strings; sizes are bytes; LSNs are text.
 */
export interface Facts {
  readonly source: ServerFacts | Unreachable;
  readonly target: ServerFacts | Unreachable;
  /** The machine pgm runs on. */
  readonly local: LocalFacts;
  /** Databases of the source that are in scope, by name. */
  readonly databases: readonly DatabaseFacts[];
  /** Can the target server dial the source? null: not tried (one of them unreachable, dump, or no right to ask). */
  readonly dial: DialFacts | null;
  /** How a server refuses the password of the role that the spec advertises; null: it takes it, or it was not tried. */
  readonly advertised?: Readonly<Record<'source' | 'target', string | null>>;
  /** null, or left out: the spec has none. */
  readonly bouncer?: BouncerFacts | null;
  /** Names and patterns of the spec that match nothing on the source. */
  readonly unmatched: { readonly databases: readonly string[]; readonly tables: readonly string[] };
  /**
   * Databases in scope that could not be read: no CONNECT, refused by pg_hba.conf … They are missing from `databases`,
   * or have `target: null`.
   */
  readonly unreadable: readonly {
    readonly database: string;
    readonly server: 'source' | 'target';
    readonly failure: Unreachable;
  }[];
}

export interface Unreachable {
  readonly kind: 'unreachable';
  readonly host: string;
  readonly port: number;
  readonly failure:
    | 'refused'
    | 'timeout'
    | 'unknown-host'
    | 'authentication'
    | 'no-hba-entry'
    | 'tls'
    | 'no-database'
    | 'too-many-connections'
    | 'starting-up'
    | 'pooler'
    | 'other';
  /** The server's or the system's own words. */
  readonly message: string;
  readonly sqlstate: string | null;
}

export interface LocalFacts {
  /** Major versions found, with their folder; null: none. */
  readonly pgDump: { readonly path: string; readonly major: number; readonly version: string } | null;
  readonly pgRestore: { readonly path: string; readonly major: number; readonly version: string } | null;
  readonly cores: number;
  /** Of the spec, in its order; left out: not looked for. */
  readonly hooks?: readonly HookFacts[];
}

export interface HookFacts {
  readonly phase: 'before' | 'switch' | 'after';
  readonly program: string;
  /** Why it cannot be started; null: it can. */
  readonly problem: string | null;
}

/** The spec's PgBouncer, as its admin console sees it. */
export type BouncerFacts =
  | { readonly kind: 'silent'; readonly address: string; readonly message: string }
  | {
      readonly kind: 'bouncer';
      readonly address: string;
      readonly version: string;
      /** The user may pause, not only look. */
      readonly mayPause: boolean;
      /** Seconds after which a waiting client is ended; 0: never. */
      readonly queryWaitSeconds: number;
      readonly databases: readonly { readonly name: string; readonly poolMode: string; readonly paused: boolean }[];
    };

export interface DialFacts {
  readonly reachable: boolean;
  /** As the target would dial, without secrets: `host:port`. */
  readonly address: string;
  readonly message: string | null;
  readonly sqlstate: string | null;
}
