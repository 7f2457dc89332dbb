import type { SpecCode } from './diagnostic-codes.js';
import type { Span } from './yaml-tree.js';

/**
 * A mistake while it still belongs to a stretch of the text; the loader turns the stretch into file, line and column.
 */
export interface Mistake {
  readonly code: SpecCode;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint?: string;
  readonly span: Span;
}

export function mistake(code: SpecCode, span: Span, message: string, hint?: string): Mistake {
  return { code, severity: 'error', message, span, ...(hint === undefined ? {} : { hint }) };
}

export function warning(code: SpecCode, span: Span, message: string, hint?: string): Mistake {
  return { ...mistake(code, span, message, hint), severity: 'warning' };
}
