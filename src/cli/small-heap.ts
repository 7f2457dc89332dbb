import { setFlagsFromString } from 'node:v8';

/** Newest Node.js of which it is known that its V8 has the second flag: another would complain on stderr. */
const newestKnown = 24;

/**
 * Keeps V8's heap small in a long run. Its young generation stays at its first size (2 MB): left to itself it grows to
 * 32 MB, and V8 reads this flag each time it would grow. What has outlived it is collected when the heap has grown by a
 * fifth, not by several times what was alive. Rows never come to the heap, so that copying is not slower.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major <= newestKnown) setFlagsFromString('--heap-growing-percent=20');
}
