import type { Facts, Provider, ServerFacts } from '../inspect/facts.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import type { Finding, Scope } from './finding.js';

/** One question about the servers, decided from facts alone. `pgm explain` and docs/findings.md are made from it. */
export interface Check {
  /** Permanent. */
  readonly code: string;
  readonly slug: string;
  readonly title: string;
  readonly scope: Scope;
  /** What it sees changes from minute to minute on servers in use: a reviewed plan holds without it. */
  readonly momentary?: true;
  /** Why it matters: what goes wrong when it is not in order. */
  readonly why: string;
  /** How pgm decides. */
  readonly decided: string;
  readonly remedy: string;
  /** What to do on a managed service instead. */
  readonly providers?: Partial<Readonly<Record<Provider, string>>> | undefined;
  readonly run: (input: CheckInput) => readonly Seen[];
}

export interface CheckInput {
  readonly spec: Spec;
  readonly facts: Facts;
  /** null: not reachable; the check for that says so, the others are silent. */
  readonly source: ServerFacts | null;
  readonly target: ServerFacts | null;
  /** Logical replication is asked for (`continuous` or `auto`). */
  readonly continuous: boolean;
  /** The way back after cutover is asked for. */
  readonly failback: boolean;
  readonly lockfile: Lockfile | null;
}

/**
 * What a check saw: a finding without what its check already says. `status` follows from the severity when left out.
 */
export type Seen = Pick<Finding, 'severity' | 'server' | 'message'> &
  Partial<Pick<Finding, 'status' | 'database' | 'object' | 'current' | 'required' | 'remedy' | 'step' | 'change'>>;

/** A publication, slot or subscription that this migration made (see replication/names.ts). */
export function isOurs(name: string, migration: string): boolean {
  const prefix = `pgm_${migration}_`;
  return name.startsWith(prefix) && /^\d+_(r|\d+)$/.test(name.slice(prefix.length));
}

/** The migration whose publication, slot or subscription this is; null: it is not pgm's. */
export function migrationOf(name: string): string | null {
  return /^pgm_(.+)_\d+_(?:r|\d+)$/.exec(name)?.[1] ?? null;
}
