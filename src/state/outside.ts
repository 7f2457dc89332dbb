import { goals, type Goal } from '../spec/spec.js';

/**
 * Tests of values that come from outside: a server's tables, a file that others may edit. Shape, type and range;
 * nothing is repaired.
 */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isLineage(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}

export function isGoal(value: unknown): value is Goal {
  return goals.some(goal => goal === value);
}

/** A moment that a clock of ours can have shown: up to a day ahead, since clocks differ. */
export function isPastMoment(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?Z$/.test(value)) return false;
  const at = Date.parse(value);
  return Number.isFinite(at) && at < Date.now() + 86_400_000;
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** A name that PostgreSQL can hold: up to 63 bytes in builds of everyday use, and no zero byte. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 255 && !value.includes('\0');
}
