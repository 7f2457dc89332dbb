import { isSecretSetting, shownSetting } from '../postgres/secret-setting.js';
import { isInvalid } from '../inspect/selection.js';
import { shownName } from '../postgres/relation-key.js';
import type { DatabaseListing } from '../inspect/facts.js';
import { providerDatabases } from '../inspect/managed.js';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { count } from './not-replicated.js';
import type { Check, Seen } from './check.js';

/** Names in one message. */
const named = 10;

export const filterDependants: Check = {
  code: 'PGM515',
  slug: 'filter-dependants',
  title: 'Objects that depend on excluded tables',
  scope: 'any',
  why:
    'A view, a foreign key, a function with a parsed body, a policy or an index on a function cannot be made ' +
    'without the table that it reads. It is left out with it, and what reads it too. A table that inherits ' +
    'from it, has a column of its row type, or a default or check that needs it, cannot be made either, and ' +
    'its rows would stay behind: that is for the spec to say.',
  decided:
    'pg_depend of the source, followed from the tables that databases.tables leaves out. A ' +
    'sequence of theirs that another table takes values from comes along.',
  remedy: 'Migrate the table too, or accept that these are missing on the target.',
  run: ({ facts, spec }) =>
    facts.databases.flatMap(({ name: database, source: { dependants } }): Seen[] => {
      const tables = dependants.filter(({ isTable }) => isTable).map(({ name }) => name);
      const names = dependants.filter(({ isTable }) => !isTable).map(({ kind, name }) => `${kind} ${name}`);
      return [
        ...(tables.length === 0
          ? []
          : [
              {
                severity: 'error' as const,
                server: 'source' as const,
                database,
                object: tables[0] ?? '',
                message:
                  `${count(tables.length, 'table')} cannot be made without tables ` +
                  `that the spec leaves out: ${some(tables)}`,
                required: 'left out too, or what they need taken along',
                remedy:
                  'databases: {tables: {exclude: ' +
                  `[${[...spec.databases.tables.exclude, ...tables].map(quoted).join(', ')}]}}   ` +
                  '# or migrate what they need too',
              },
            ]),
        ...(names.length === 0
          ? []
          : [
              {
                severity: 'warning' as const,
                server: 'source' as const,
                database,
                object: names[0] ?? '',
                message:
                  `${count(names.length, 'object')} depend${names.length === 1 ? 's' : ''} on tables that the ` +
                  `spec leaves out, and ${names.length === 1 ? 'is' : 'are'} left out too: ${some(names)}`,
                remedy: filterDependants.remedy,
              },
            ]),
      ];
    }),
};

/** In a list of YAML. */
function quoted(text: string): string {
  return /^[\w.]+$/.test(text) ? text : JSON.stringify(text);
}

export const invalidIndexes: Check = {
  code: 'PGM516',
  slug: 'invalid-indexes',
  title: 'Invalid indexes',
  scope: 'any',
  why:
    'CREATE INDEX CONCURRENTLY that failed leaves an index that no query uses. ' +
    'pg_dump leaves it out, so the target will not have it.',
  decided: 'indisvalid of indexes on tables in the databases in scope.',
  remedy: 'drop index I; or reindex index concurrently I; to have it on both sides.',
  run: ({ facts }) =>
    facts.databases.flatMap(({ name: database, source }) =>
      source.invalidIndexes.map(({ schema, table, name }): Seen => ({
        severity: 'warning',
        server: 'source',
        database,
        object: shownName({ schema, name }),
        message: `index ${shownName({ schema, name })} on ${table} is invalid: it is not made on the target`,
        current: 'invalid',
        required: 'valid',
        remedy: `reindex index ${qualifiedName({ schema, name })};   -- or drop it`,
      })),
    ),
};

export const securityLabels: Check = {
  code: 'PGM517',
  slug: 'security-labels',
  title: 'Security labels',
  scope: 'any',
  why:
    'A label can only be set where its provider is loaded. Where it is not, it is left out and ' +
    'named, and what it protects or masks is unprotected on the target.',
  decided:
    'Rows of pg_seclabel by provider; the target’s shared_preload_libraries ' +
    'and session_preload_libraries do not name it.',
  remedy: 'Load the provider on the target (shared_preload_libraries, restart) before the copy.',
  run: ({ facts, target }) => {
    const loaded = ['shared_preload_libraries', 'session_preload_libraries']
      .map(name => target?.settings.get(name)?.value ?? '')
      .join(',');
    return facts.databases.flatMap(({ name: database, source }) =>
      source.securityLabels
        .filter(({ provider }) => !loaded.includes(provider))
        .map(({ provider, objects }): Seen => ({
          severity: 'warning',
          server: 'target',
          database,
          object: provider,
          message:
            `${count(objects, 'security label')} of provider ${provider}: the target ` +
            'does not seem to load it, and then they are left out',
          current: 'not loaded',
          required: provider,
          remedy: securityLabels.remedy,
        })),
    );
  },
};

export const settingsForAll: Check = {
  code: 'PGM217',
  slug: 'settings-for-all',
  title: 'Settings of all roles',
  scope: 'any',
  why:
    'ALTER ROLE ALL SET holds for every database of a cluster. On the target it would reach ' +
    'databases that have nothing to do with the migration, so it stays behind.',
  decided: 'pg_db_role_setting without role and database, on the source and not on the target.',
  remedy: 'alter role all set NAME to VALUE; on the target, where it is meant for all of it.',
  run: ({ source, target }) => {
    const there = new Set(target?.settingsForAll);
    return (source?.settingsForAll ?? [])
      .filter(setting => !there.has(setting))
      .map((setting): Seen => {
        const [name = '', ...value] = shownSetting(setting).split('=');
        return {
          severity: 'info',
          server: 'source',
          object: name,
          message: `alter role all set ${name} stays behind`,
          current: value.join('='),
          remedy:
            `${isSecretSetting(setting) ? '-- with its value: ' : ''}alter role all set ${name.split('.').map(quoteIdentifier).join('.')} ` +
            `to ${quoteLiteral(value.join('=')).trim()};   -- on the target`,
        };
      });
  },
};

export const databasesLeftOut: Check = {
  code: 'PGM218',
  slug: 'databases-left-out',
  title: 'Databases that allow no connections',
  scope: 'any',
  why:
    'A database that allows no connections, or that is a template, cannot be ' +
    'read, or is not data. It stays on the source.',
  decided:
    'datallowconn and datistemplate of databases that the spec does not exclude, and ' +
    'datconnlimit, which is -2 after a DROP DATABASE that was interrupted; template0, ' +
    'template1 and those of providers are not reported.',
  remedy: 'alter database D allow_connections true; or is_template false; to take it along.',
  run: ({ source, spec }) =>
    (source?.databases ?? [])
      .filter(
        ({ name }) =>
          !spec.databases.exclude.includes(name) &&
          (spec.databases.include === null || spec.databases.include.includes(name)),
      )
      .filter(
        ({ name, allowsConnections, isTemplate, connectionLimit }) =>
          (!allowsConnections || isTemplate || isInvalid({ connectionLimit })) &&
          !/^template[01]$/.test(name) &&
          !providerDatabases.has(name),
      )
      .map(leftOut),
};

function leftOut({ name, allowsConnections, connectionLimit }: DatabaseListing): Seen {
  if (isInvalid({ connectionLimit }))
    return {
      severity: 'warning',
      server: 'source',
      object: name,
      message:
        `database ${name} is what an interrupted DROP DATABASE left: nobody ` +
        'can connect to it, and it is not migrated',
      remedy: `drop database ${quoteIdentifier(name)};`,
    };
  const why = allowsConnections ? 'is a template' : 'allows no connections';
  return {
    severity: 'warning',
    server: 'source',
    object: name,
    message: `database ${name} ${why} and is not migrated`,
    remedy:
      'alter ' +
      `database ${quoteIdentifier(name)} ${allowsConnections ? 'is_template false' : 'allow_connections true'};`,
  };
}

function some(names: readonly string[]): string {
  return names.length <= named
    ? names.join(', ')
    : `${names.slice(0, named).join(', ')} and ${names.length - named} more`;
}
