import { endRunSessions } from '../postgres/run-sessions.js';
import type { Spec } from '../spec/spec.js';

/** On both servers at once; one that cannot be reached keeps them until it notices by itself. */
export async function endSessionsOfRun({ name, source, target }: Spec): Promise<void> {
  await Promise.allSettled([source, target].map(server => endRunSessions(server.connection, name)));
}
