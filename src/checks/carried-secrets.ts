import type { CarriedSecret } from '../inspect/facts.js';
import { plural } from '../quantities.js';
import type { Check, Seen } from './check.js';

export const carriedSecrets: Check = {
  code: 'PGM424',
  slug: 'carried-secrets',
  title: 'Passwords in definitions',
  scope: 'any',
  why:
    'Options of user mappings, foreign servers and wrappers, and the connection of a subscription that you made, hold ' +
    'passwords of other servers. They are part of the definitions: superusers of the target, and whoever dumps it, ' +
    'can read them. pgm sends them so that no log shows them (PGM420). Of a user mapping whose options the ' +
    'role may not read, pgm makes the mapping without options.',
  decided:
    'By the names of the options (password, secret, token, key and the like) and the connections of subscriptions that ' +
    'pgm did not make, on the source. Their values are not read.',
  remedy:
    "Where the target's administrators must not have them, drop them on the source before, or change these passwords " +
    'afterwards. What was made without its options gets them by `alter user mapping` on the target.',
  run: ({ facts }) =>
    facts.databases.flatMap(({ name: database, source }): Seen[] => {
      const known = source.carriedSecrets.filter(({ readable }) => readable);
      const hidden = source.carriedSecrets.filter(({ readable }) => !readable);
      return [
        ...(known.length === 0
          ? []
          : [
              {
                severity: 'info' as const,
                server: 'source' as const,
                database,
                message: `passwords come along with the definitions of ${named(known)}`,
                current: plural(known.length, 'definition'),
                remedy:
                  "Where the target's administrators must not have these passwords, drop the definitions on the " +
                  'source before, or change the passwords afterwards.',
              },
            ]),
        ...(hidden.length === 0
          ? []
          : [
              {
                severity: 'warning' as const,
                server: 'source' as const,
                database,
                message: `the role may not read the options of ${named(hidden)}: made without them on the target`,
                current: plural(hidden.length, 'definition'),
                remedy:
                  'Set their options on the target after the copy, with `alter user mapping`, as whoever knows them; or ' +
                  'connect to the source as a role that may read them.',
              },
            ]),
      ];
    }),
};

const shown = 5;

function named(found: readonly CarriedSecret[]): string {
  const words = found.slice(0, shown).map(({ kind, name }) => `${kind} ${name}`);
  return `${words.join(', ')}${found.length > shown ? ` and ${found.length - shown} more` : ''}`;
}
