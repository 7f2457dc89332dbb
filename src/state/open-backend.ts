import type { Spec, StateLocation } from '../spec/spec.js';
import type { StateBackend } from './backend.js';
import { FileBackend, lockfilePath } from './file-backend.js';
import { PostgresBackend } from './postgres-backend.js';

/** The backend that the spec asks for. Connects and reads nothing yet. */
export function openBackend(spec: Spec): StateBackend {
  return openBackendAt(spec, spec.state);
}

/** A backend other than the spec's, for moving the state. */
export function openBackendAt(spec: Spec, location: StateLocation): StateBackend {
  switch (location.kind) {
    case 'file':
      return new FileBackend(lockfilePath(spec.path), spec.name);
    case 'postgres':
      return new PostgresBackend(location.connection, spec.name);
  }
}
