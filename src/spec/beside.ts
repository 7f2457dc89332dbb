import { resolve } from 'node:path';

/**
 * A file named in the spec: relative names begin at the spec's folder. `system` stands for the system's certificates.
 */
export function resolveBeside(folder: string, file: string): string {
  return file === 'system' ? file : resolve(folder, file);
}
