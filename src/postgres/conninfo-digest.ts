import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

const bytes = 32;

/**
 * Tells later whether a connection is still the same, where the server does not show it. Salted and slow by design
 * (some 50 ms), since it is kept in a file that may lie in git and a password is part of what it is made of.
 */
export function conninfoDigest(conninfo: string): string {
  const salt = randomBytes(16);
  return `scrypt:${salt.toString('base64')}:${scryptSync(conninfo, salt, bytes).toString('base64')}`;
}

export function matchesDigest(conninfo: string, digest: string): boolean {
  const [kind, salt, hash] = digest.split(':');
  if (kind !== 'scrypt' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const found = scryptSync(conninfo, Buffer.from(salt, 'base64'), bytes);
  return expected.length === found.length && timingSafeEqual(expected, found);
}
