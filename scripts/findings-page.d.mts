import type { CodeEntry } from '../src/checks/all-codes.js';
import type { Check } from '../src/checks/check.js';
import type { ErrorCode } from '../src/codes/error-code.js';

export function renderFindingsPage(codes: {
  readonly catalogue: readonly Check[];
  readonly errorCodes: readonly ErrorCode[];
  readonly allCodes: readonly CodeEntry[];
  readonly exitCodes: Readonly<Record<string, number>>;
}): string;
