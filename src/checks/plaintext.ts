import type { Check, Seen } from './check.js';

export const plaintext: Check = {
  code: 'PGM104',
  slug: 'plaintext',
  title: 'Encryption of the connection',
  scope: 'any',
  why: 'Password and data cross the network in the clear; anyone on the way can read and change them.',
  decided: 'The connection that pgm got has no TLS, and the host is neither a socket nor this machine.',
  remedy: 'Turn ssl on at the server, and set sslmode: verify-full with sslrootcert, at least require.',
  run: ({ source, target }) =>
    [source, target].flatMap((facts, index): Seen[] => {
      const server = index === 0 ? 'source' : 'target';
      if (facts === null || facts.tls || isThisMachine(facts.host)) return [];
      const on = facts.settings.get('ssl')?.value === 'on';
      return [
        {
          severity: 'warning',
          server,
          object: facts.host,
          message: `the connection to ${facts.host} is not encrypted`,
          current: 'plain text',
          required: 'TLS',
          remedy: on
            ? `Set sslmode: require (better verify-full with sslrootcert) for the ${server} in the spec.`
            : `Turn ssl on at the ${server} with a certificate and key, then set sslmode: verify-full in the spec.`,
        },
      ];
    }),
};

/** A socket folder, or an address that does not leave the machine. */
export function isThisMachine(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || host.startsWith('127.');
}
