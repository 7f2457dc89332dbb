import type { StateBackend } from './backend.js';

/** Keeps nothing: where no lockfile is stored, none begins to be. */
export function stateInMemory(): StateBackend {
  return {
    kind: 'file',
    describe: () => 'nowhere',
    read: () => Promise.resolve(null),
    warnings: () => Promise.resolve([]),
    claim: holder => Promise.resolve(holder),
    write: () => Promise.resolve(),
    remove: () => Promise.resolve(),
  };
}
