import type { DatabaseFacts, ExtensionFacts, ServerFacts } from '../inspect/facts.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import type { Check, CheckInput, Seen } from './check.js';
import { providerSetting } from './setting-change.js';

/** Part of PostgreSQL, or pgm's own way to rights that the target need not have. */
const notCarried: ReadonlySet<string> = new Set(['plpgsql', 'aiven_extras']);

export const extensions: Check = {
  code: 'PGM307',
  slug: 'extensions',
  title: 'Extensions on the target',
  scope: 'any',
  why: 'Types, operators and functions of an extension are part of the schema; without it their tables cannot be made.',
  decided:
    'For each extension in each database in scope: installed there, or available on the target ' +
    '(pg_available_extension_versions) and the role may create it; the version that would be installed against the ' +
    'one on the source, also where views are made of it; the schema that it is installed in, where definitions ' +
    'name its members; and shared_preload_libraries where the source preloads it.',
  remedy: "Install the extension's package on the target server, or enable it in the provider's list of extensions.",
  providers: {
    azure: 'Allow the extension under the server parameter azure.extensions.',
    cloudsql: 'Only the extensions that Cloud SQL offers are available; drop the others on the source before.',
    rds: 'Only the extensions in rds.extensions are available; drop the others on the source before.',
  },
  run: input => {
    const { target } = input;
    return target === null
      ? []
      : input.facts.databases.flatMap(database =>
          database.source.extensions
            .filter(({ name }) => !notCarried.has(name) && !database.source.providersOwn.extensions.includes(name))
            .flatMap(extension => judge(input, target, database, extension)),
        );
  },
};

function judge(
  { source }: CheckInput,
  target: ServerFacts,
  database: DatabaseFacts,
  extension: ExtensionFacts,
): Seen[] {
  const { name, version } = extension;
  const seen = { server: 'target', database: database.name, object: name } as const;
  const installed = database.target?.extensions.find(each => each.name === name);
  const available = target.availableExtensions.find(each => each.name === name);
  const coming = installed?.version ?? available?.defaultVersion ?? null;
  if (installed === undefined && available === undefined) {
    const provider = target.provider === null ? undefined : extensions.providers?.[target.provider];
    return [
      {
        ...seen,
        severity: 'error',
        message: `extension ${name} ${version} is not available on the target`,
        current: null,
        required: version,
        remedy:
          provider ??
          `Install the package of ${name} on the target server (Debian: apt-cache search postgresql ${name}).`,
      },
    ];
  }
  const found: Seen[] = [...elsewhere(extension, installed, database, seen), ...otherVersion(extension, coming, seen)];
  if (coming !== null && compareVersions(coming, version) < 0) {
    const packaged = available?.versions.some(each => compareVersions(each, version) >= 0) === true;
    const update =
      `alter extension ${quoteIdentifier(name)} update;   -- in ` +
      `database ${quoteIdentifier(database.name)} of the target`;
    const newer = `Install a newer package of ${name} on the target server`;
    const remedy =
      installed === undefined
        ? `${newer}.`
        : packaged
          ? update
          : `${newer}, then in its database ${database.name}: ${update}`;
    found.push({
      ...seen,
      severity: 'warning',
      message: `extension ${name} is ${coming} on the target, older than ${version} on the source`,
      current: coming,
      required: `${version} or newer`,
      remedy,
    });
  }
  if (
    installed === undefined &&
    available?.needsSuperuser === true &&
    !target.user.superuser &&
    target.provider === null
  ) {
    found.push({
      ...seen,
      severity: 'error',
      message: `only a superuser may create extension ${name} on the target`,
      current: target.user.name,
      required: 'superuser',
      remedy:
        `create extension ${quoteIdentifier(name)};   -- as a superuser, in ` +
        `database ${quoteIdentifier(database.name)} of the target`,
    });
  }
  if (source !== null && preloads(source).has(name) && !preloads(target).has(name)) {
    const libraries = [...preloads(target), name].join(', ');
    found.push({
      ...seen,
      severity: 'warning',
      message: `the source preloads ${name}, the target does not`,
      current: [...preloads(target)].join(', '),
      required: libraries,
      remedy: preloadRemedy(target, [...preloads(target), name]),
    });
  }
  return found;
}

type ExtensionSeen = Pick<Seen, 'server' | 'database' | 'object'>;

/** Definitions name its members with the source's schema. Once they are there they found them. */
function elsewhere(
  { name, schema, relocatable, usedBy }: ExtensionFacts,
  installed: ExtensionFacts | undefined,
  { name: database, target }: DatabaseFacts,
  seen: ExtensionSeen,
): Seen[] {
  const [first] = usedBy;
  if (installed === undefined || installed.schema === schema || first === undefined) return [];
  if (target?.progress?.stages.done.has('schema') === true) return [];
  const where = `   -- in database ${quoteIdentifier(database)} of the target`;
  return [
    {
      ...seen,
      severity: 'error',
      message:
        `extension ${name} is in schema ${installed.schema} on the target and in ${schema} on the source, as which ` +
        `${first} names it`,
      current: installed.schema,
      required: schema,
      remedy: relocatable
        ? `create schema if not exists ${quoteIdentifier(schema)};\n` +
          `alter extension ${quoteIdentifier(name)} set schema ${quoteIdentifier(schema)};${where}`
        : `drop extension ${quoteIdentifier(name)};${where}, where nothing uses it: pgm makes it in its schema`,
    },
  ];
}

/** A view over an extension's own view or function sees the columns of the other version. */
function otherVersion({ name, version, usedBy }: ExtensionFacts, coming: string | null, seen: ExtensionSeen): Seen[] {
  const views = usedBy.filter(each => /^(materialized )?view /.test(each));
  if (coming === null || coming === version || views.length === 0) return [];
  return [
    {
      ...seen,
      severity: 'warning',
      message:
        `${views.join(', ')} ${views.length === 1 ? 'is' : 'are'} made of extension ${name}, which is ${version} on ` +
        `the source and ${coming} on the target: where its columns have changed, the view stays behind`,
      current: coming,
      required: version,
      remedy:
        `Look into the release notes of ${name}; define ${views.length === 1 ? 'the view' : 'the views'} on the ` +
        'source with what both versions have, or drop it there and make it on the target when the migration is over.',
    },
  ];
}

/** A list: quoted as a whole it would be one library. */
function preloadRemedy({ provider }: ServerFacts, libraries: readonly string[]): string {
  if (provider !== null) return providerSetting(provider, 'shared_preload_libraries', libraries.join(','), true);
  return (
    'alter system set shared_preload_libraries ' +
    `= ${libraries.map(each => quoteLiteral(each).trim()).join(', ')};\n-- then restart the target server`
  );
}

function preloads(server: ServerFacts): ReadonlySet<string> {
  const value = server.settings.get('shared_preload_libraries')?.value ?? '';
  return new Set(
    value
      .split(',')
      .map(each => each.trim().replaceAll('"', '').replace('$libdir/', ''))
      .filter(each => each !== ''),
  );
}

/** Versions of extensions are free text; numbers in them decide, in order. */
export function compareVersions(a: string, b: string): number {
  const numbers = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
