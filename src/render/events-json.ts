import type { ApplyEvent } from '../apply/events.js';

/** One event as a line of NDJSON. */
export function renderEventJson(event: ApplyEvent): string {
  return `${JSON.stringify(event)}\n`;
}
