import type { DatabaseListing } from '../inspect/facts.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { grantStatements } from './grant-statements.js';
import { setStatement, type PropertyStatement } from './role-statements.js';
import { has } from '../postgres/since.js';

export interface DatabaseOptions {
  readonly listing: DatabaseListing;
  /** Role that shall own it on the target; null: the user pgm connects as. */
  readonly owner: string | null;
  /** `server_version_num` of the target. */
  readonly targetVersion: number;
  /** On the target. */
  readonly tablespaces: readonly string[];
}

/**
 * CREATE DATABASE as on the source: encoding and locale decide how text sorts, so they are never left to the default.
 */
export function createDatabase({ listing, owner, targetVersion, tablespaces }: DatabaseOptions): string {
  const provider = listing.localeProvider === 'i' ? 'icu' : listing.localeProvider === 'b' ? 'builtin' : 'libc';
  const options = [
    'template = template0',
    `encoding = ${quoteLiteral(listing.encoding)}`,
    ...(has(targetVersion, 'localeProviders') ? [`locale_provider = ${provider}`] : []),
    `lc_collate = ${quoteLiteral(listing.collate)}`,
    `lc_ctype = ${quoteLiteral(listing.ctype)}`,
    ...(provider === 'icu' && listing.locale !== null ? [`icu_locale = ${quoteLiteral(listing.locale)}`] : []),
    ...(provider === 'icu' && listing.icuRules !== null && has(targetVersion, 'icuRules')
      ? [`icu_rules = ${quoteLiteral(listing.icuRules)}`]
      : []),
    ...(provider === 'builtin' && listing.locale !== null ? [`builtin_locale = ${quoteLiteral(listing.locale)}`] : []),
    ...(listing.tablespace !== 'pg_default' && tablespaces.includes(listing.tablespace)
      ? [`tablespace = ${quoteIdentifier(listing.tablespace)}`]
      : []),
    ...(owner === null ? [] : [`owner = ${quoteIdentifier(owner)}`]),
  ];
  return `create database ${quoteIdentifier(listing.name)} with ${options.join(' ')}`;
}

/**
 * What a database is beside its contents: settings, privileges, connection limit, comment. Given when everything is in,
 * since a connection limit or a setting may be made for applications, not for a load.
 * @param roles those that will be on the target; what is for others is left out
 */
export function databaseProperties(
  listing: DatabaseListing,
  owner: string | null,
  roles: ReadonlySet<string>,
): readonly PropertyStatement[] {
  const database = `database ${quoteIdentifier(listing.name)}`;
  const settings = listing.roleSettings.filter(({ role }) => role === null || roles.has(role));
  const grants = listing.grants?.filter(
    ({ grantee, grantor }) =>
      (grantee === null || roles.has(grantee)) &&
      (roles.has(grantor) || grantor === listing.owner) &&
      (owner !== null || grantee !== listing.owner),
  );
  return [
    ...settings.map(({ role, setting }) =>
      setStatement(`alter ${role === null ? '' : `role ${quoteIdentifier(role)} in `}${database}`, setting),
    ),
    ...[
      ...(grants === undefined
        ? []
        : grantStatements({ words: database, owner: listing.owner, ownerIsThere: owner !== null }, grants)),
      ...(listing.connectionLimit === -1 ? [] : [`alter ${database} connection limit ${listing.connectionLimit}`]),
      ...(listing.isTemplate ? [`alter ${database} is_template true`] : []),
      ...(listing.comment === null ? [] : [`comment on ${database} is ${quoteLiteral(listing.comment)}`]),
    ].map(statement => ({ setting: null, statement })),
  ];
}
