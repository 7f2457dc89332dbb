import { quoteIdentifier } from '../postgres/identifiers.js';
import type { Check } from './check.js';
import { isReadOnlySetting } from './read-only.js';

/** What came from the source, or was set since, and not what pgm itself shuts. */
export const inUseReadOnly: Check = {
  code: 'PGM639',
  slug: 'in-use-read-only',
  title: 'Read-only databases on the target once it is in use',
  scope: 'any',
  why:
    'A source that is made read-only for a dump, or by an owner who stops its writes, hands that on with the ' +
    'database: all rows are there, and every write of the application fails.',
  decided:
    'After ready or a cutover: default_transaction_read_only = on of a database in scope on the target, or of a ' +
    'role in it. A side that pgm keeps shut is PGM626.',
  remedy: 'alter database D reset default_transaction_read_only; on the target.',
  run: ({ lockfile, target, facts }) => {
    const inUse = lockfile?.reached === 'cutover' || lockfile?.reached === 'ready';
    if (!inUse || target === null || lockfile.shut?.side === 'target') return [];
    const inScope = new Set(facts.databases.map(({ name }) => name));
    return target.databases
      .filter(({ name }) => inScope.has(name))
      .flatMap(({ name, roleSettings }) =>
        roleSettings
          .filter(({ setting }) => isReadOnlySetting(setting))
          .map(({ role }) => ({
            severity: 'warning' as const,
            server: 'target' as const,
            database: name,
            object: role ?? name,
            message:
              `${role === null ? '' : `role ${role} in `}database ${name} of the target has ` +
              'default_transaction_read_only = on: applications cannot write there',
            current: 'on',
            required: 'off',
            remedy:
              `alter ${role === null ? '' : `role ${quoteIdentifier(role)} in `}database ${quoteIdentifier(name)} reset ` +
              'default_transaction_read_only;   -- on the target',
          })),
      );
  },
};
