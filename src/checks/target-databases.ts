import { shownName } from '../postgres/relation-key.js';
import type { DatabaseListing, ServerFacts } from '../inspect/facts.js';
import type { Spec } from '../spec/spec.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { shellWord } from '../shell-word.js';
import type { Check, Seen } from './check.js';
import { psql } from './command-lines.js';

export const encoding: Check = {
  code: 'PGM308',
  slug: 'encoding-and-locale',
  title: 'Encoding and locale of the databases',
  scope: 'any',
  why:
    'An encoding that lacks characters of the source refuses rows in the middle of the copy; another ' +
    'collation sorts text differently, and what is unique or in a range may change.',
  decided:
    "For a database that the target has: its encoding, collation and provider against the source's. " +
    'For one that pgm makes: whether the target knows the locale (pg_collation). Collation versions ' +
    "that the system's library has left behind are reported too.",
  remedy: 'Drop the database on the target and let pgm make it, or install the locale there.',
  run: ({ facts, source, target, spec }) => {
    if (source === null || target === null) return [];
    return facts.databases.flatMap(({ name }): Seen[] => {
      const from = source.databases.find(database => database.name === name);
      const to = target.databases.find(database => database.name === name);
      if (from === undefined) return [];
      return [
        ...staleCollation('source', from),
        ...(to === undefined
          ? unknownLocale(
              from,
              target,
              psql(
                spec,
                'target',
                target,
                spec.target.connection.database,
                `select pg_import_system_collations('pg_catalog')`,
              ),
            )
          : [...staleCollation('target', to), ...differences(from, to)]),
      ];
    });
  },
};

function differences(from: DatabaseListing, to: DatabaseListing): Seen[] {
  const seen = { server: 'target', database: from.name, object: from.name } as const;
  const again = `drop database ${quoteIdentifier(from.name)};   -- pgm makes it again, when nothing in it is needed`;
  const found: Seen[] = [];
  if (from.encoding !== to.encoding) {
    // Every character of every encoding has its place in UTF8; SQL_ASCII checks nothing.
    const fits = to.encoding === 'UTF8' && from.encoding !== 'SQL_ASCII';
    found.push({
      ...seen,
      severity: fits ? 'warning' : 'error',
      message: `database ${from.name} is ${to.encoding} on the target and ${from.encoding} on the source`,
      current: to.encoding,
      required: from.encoding,
      remedy: again,
    });
  }
  if (
    localeKey(from.collate) !== localeKey(to.collate) ||
    from.localeProvider !== to.localeProvider ||
    from.icuRules !== to.icuRules ||
    (from.locale ?? '') !== (to.locale ?? '')
  ) {
    found.push({
      ...seen,
      severity: 'warning',
      message:
        `database ${from.name} sorts by ${shownLocale(to)} on the target ` +
        `and by ${shownLocale(from)} on the source`,
      current: shownLocale(to),
      required: shownLocale(from),
      remedy: again,
    });
  }
  return found;
}

function unknownLocale(from: DatabaseListing, target: ServerFacts, readThem: string): Seen[] {
  if (from.localeProvider === 'i' || from.localeProvider === 'b') return [];
  const names = new Set(
    [...target.locales, ...target.databases.flatMap(({ collate, ctype }) => [collate, ctype]), 'C', 'POSIX'].map(
      localeKey,
    ),
  );
  return [...new Set([from.collate, from.ctype])]
    .filter(locale => !names.has(localeKey(locale)))
    .map((locale): Seen => ({
      severity: 'warning',
      server: 'target',
      database: from.name,
      object: locale,
      message: `the target may not have the locale ${locale} of database ${from.name}`,
      current: null,
      required: locale,
      remedy: [`# on the target's machine, as root:`, defineLocale(locale), readThem].join('\n'),
    }));
}

/** glibc makes `de_DE.UTF-8` of the description de_DE and the character map UTF-8. */
function defineLocale(locale: string): string {
  const [description = locale, characters = 'UTF-8'] = locale.split('.');
  return (
    `localedef -i ${shellWord(description)} ` +
    `-f ${shellWord(/^utf-?8$/i.test(characters) ? 'UTF-8' : characters)} ${shellWord(locale)}`
  );
}

function staleCollation(
  server: 'source' | 'target',
  { name, collationVersion, actualCollationVersion }: DatabaseListing,
): Seen[] {
  if (collationVersion === null || actualCollationVersion === null || collationVersion === actualCollationVersion)
    return [];
  return [
    {
      severity: 'warning',
      server,
      database: name,
      object: name,
      message: `the system's collation library of database ${name} has changed: indexes over text may be out of order`,
      current: actualCollationVersion,
      required: collationVersion,
      remedy:
        `reindex database ${quoteIdentifier(name)};\nalter ` +
        `database ${quoteIdentifier(name)} refresh collation version;`,
    },
  ];
}

function shownLocale({ collate, localeProvider, locale, icuRules }: DatabaseListing): string {
  if (localeProvider === 'c') return collate;
  const rules = icuRules === null ? '' : ` with rules ${icuRules}`;
  return `${localeProvider === 'i' ? 'icu' : 'builtin'} ${locale ?? ''}${rules}`;
}

/** `en_US.UTF-8` and `en_US.utf8` are one. */
function localeKey(name: string): string {
  return name.toLowerCase().replaceAll('-', '');
}

export const tablespaces: Check = {
  code: 'PGM309',
  slug: 'tablespaces',
  title: 'Tablespaces on the target',
  scope: 'any',
  why:
    'What lies in a tablespace that the target lacks is made in the ' +
    'database’s own there: another disk, maybe one too small.',
  decided: 'Tablespaces of the tables in scope and of the databases themselves, less those of the target.',
  remedy: "create tablespace T location 'FOLDER'; on the target, as a superuser.",
  run: ({ facts, source, target, spec }) => {
    if (target === null) return [];
    return facts.databases.flatMap(database => {
      const users = new Map(
        database.source.tables
          .filter(table => table.inScope && table.tablespace !== null)
          .map(table => [table.tablespace ?? '', shownName(table)]),
      );
      const own = source?.databases.find(({ name }) => name === database.name)?.tablespace ?? 'pg_default';
      if (database.target === null && !users.has(own)) users.set(own, `database ${database.name}`);
      return [...users]
        .filter(([name]) => name !== 'pg_default' && !target.tablespaces.some(each => each.name === name))
        .map(([name, table]): Seen => ({
          severity: 'warning',
          server: 'target',
          database: database.name,
          object: name,
          message: `the target has no tablespace ${name}: what is in it (${table} …) goes to the default one`,
          required: name,
          remedy: makeTablespace(spec, target, name, source?.tablespaces.find(each => each.name === name)?.location),
        }));
    });
  },
};

/** In the folder that it has on the source, unless the target's machine is laid out otherwise. */
function makeTablespace(spec: Spec, target: ServerFacts, name: string, onSource = ''): string {
  const location = onSource.startsWith('/') ? onSource : `/srv/postgresql/${name}`;
  const create = `create tablespace ${quoteIdentifier(name)} location ${quoteLiteral(location).trim()}`;
  return [
    `# on the target's machine, as the server's user; another empty folder does as well:`,
    `mkdir -p ${shellWord(location)}`,
    psql(spec, 'target', target, spec.target.connection.database, create),
  ].join('\n');
}

export const languages: Check = {
  code: 'PGM310',
  slug: 'languages',
  title: 'Procedural languages on the target',
  scope: 'any',
  why: 'Functions in a language that the target lacks cannot be made.',
  decided:
    'Procedural languages of each database that no extension of the same name creates, ' +
    'less those that the target has or could have as an extension.',
  remedy: "Install the language's package on the target server.",
  run: ({ facts, target }) =>
    target === null
      ? []
      : facts.databases.flatMap(({ name: database, source, target: there }) =>
          source.languages
            .filter(
              language =>
                !source.extensions.some(({ name }) => name === language) &&
                there?.languages.includes(language) !== true &&
                !target.availableExtensions.some(({ name }) => name === language),
            )
            .map((language): Seen => ({
              severity: 'error',
              server: 'target',
              database,
              object: language,
              message: `the target does not have the language ${language}`,
              required: language,
              remedy:
                `Install the language ${language} on the target server as the source has it, and make it in ` +
                `database ${quoteIdentifier(database)}, or in template1 before pgm makes that.`,
            })),
        ),
};

export const owners: Check = {
  code: 'PGM311',
  slug: 'owners',
  title: 'Owners that are missing on the target',
  scope: 'any',
  why:
    'Objects are given to the role that owns them on the source; where that role is missing, they ' +
    'become the migrating user’s, and privileges and policies for it are left out.',
  decided: 'With `roles: skip`: owners of the tables and schemas in scope, less the roles of the target.',
  remedy: 'Create the roles on the target, or set roles: copy.',
  run: ({ facts, target, spec }) => {
    if (target === null || spec.roles === 'copy') return [];
    const there = new Set(target.roles.map(({ name }) => name));
    const wanted = new Set(
      facts.databases.flatMap(({ source }) =>
        [...source.tables.filter(({ inScope }) => inScope), ...source.schemas].map(({ owner }) => owner),
      ),
    );
    return [...wanted]
      .filter(owner => !there.has(owner) && !owner.startsWith('pg_'))
      .sort()
      .map((owner): Seen => ({
        severity: 'warning',
        server: 'target',
        object: owner,
        message: `the target has no role ${owner}: what it owns on the source will be ${target.user.name}'s`,
        required: owner,
        remedy: `create role ${quoteIdentifier(owner)};`,
      }));
  },
};

export const targetWritable: Check = {
  code: 'PGM315',
  slug: 'target-writable',
  title: 'Writes on the target',
  scope: 'any',
  why: 'Nothing can be made on a standby, nor by a session that is read-only.',
  decided: 'pg_is_in_recovery() and default_transaction_read_only as it holds for the role.',
  remedy: 'Connect to the primary; alter role R set default_transaction_read_only = off;',
  run: ({ target }) => {
    if (target === null) return [];
    const seen = { severity: 'error', server: 'target', object: `${target.host}:${target.port}` } as const;
    if (target.inRecovery)
      return [
        {
          ...seen,
          message: `the target (${target.host}:${target.port}) is a standby`,
          current: 'standby',
          required: 'primary',
          remedy: 'Connect to the primary: list all hosts in the connection with target_session_attrs=primary.',
        },
      ];
    if (target.settings.get('default_transaction_read_only')?.value !== 'on') return [];
    return [
      {
        ...seen,
        object: 'default_transaction_read_only',
        message: 'transactions on the target are read-only by default',
        current: 'on',
        required: 'off',
        remedy: `alter role ${quoteIdentifier(target.user.name)} set default_transaction_read_only = off;`,
      },
    ];
  },
};
