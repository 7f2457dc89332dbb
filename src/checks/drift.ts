import type { Check } from './check.js';

/** Checks of a replication that is running or was, in the order in which findings are told. */
export const driftChecks: readonly Check[] = [];
