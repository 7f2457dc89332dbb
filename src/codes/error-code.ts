import type { FailureKind } from '../errors.js';

/** What `pgm explain` and docs/findings.md say of an error that ends a command. Findings have their checks. */
export interface ErrorCode {
  /** Permanent, as is its meaning. */
  readonly code: string;
  readonly slug: string;
  readonly title: string;
  readonly means: string;
  readonly remedy: string;
  /** How the command ends; several where it depends on what was begun before. */
  readonly ends: readonly FailureKind[];
}
