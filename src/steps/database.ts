import type { DatabaseListing } from '../inspect/facts.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { createProgressSql } from '../state/progress.js';
import { formatLineage } from '../state/lineage.js';
import type { StepKind } from './step-kind.js';

export interface DatabaseInput {
  readonly listing: DatabaseListing;
  /** Role that shall own it on the target; null: the user pgm connects as. */
  readonly owner: string | null;
  /** `server_version_num` of the target. */
  readonly targetVersion: number;
  readonly exists: boolean;
}

/** CREATE DATABASE as on the source: encoding and locale decide how text sorts, so they are never left to the default. */
export function createDatabase({ listing, owner, targetVersion }: DatabaseInput): string {
  const provider = listing.localeProvider === 'i' ? 'icu' : listing.localeProvider === 'b' ? 'builtin' : 'libc';
  const options = [
    'template = template0',
    `encoding = ${quoteLiteral(listing.encoding)}`,
    ...(targetVersion >= 150000 ? [`locale_provider = ${provider}`] : []),
    `lc_collate = ${quoteLiteral(listing.collate)}`,
    `lc_ctype = ${quoteLiteral(listing.ctype)}`,
    ...(provider === 'icu' && listing.locale !== null ? [`icu_locale = ${quoteLiteral(listing.locale)}`] : []),
    ...(provider === 'builtin' && listing.locale !== null ? [`builtin_locale = ${quoteLiteral(listing.locale)}`] : []),
    ...(listing.connectionLimit === -1 ? [] : [`connection limit = ${listing.connectionLimit}`]),
    ...(owner === null ? [] : [`owner = ${quoteIdentifier(owner)}`]),
  ];
  return `create database ${quoteIdentifier(listing.name)} with ${options.join(' ')}`;
}

export const database: StepKind<DatabaseInput> = {
  kind: 'database',

  describe: input => ({
    title: input.exists ? 'prepare the database for the copy' : 'create the database',
    action: input.exists ? 'update' : 'create',
    server: 'target',
    database: input.listing.name,
    statements: [...(input.exists ? [] : [`${createDatabase(input)};`]), 'create schema pgm;  -- record of the copy, dropped at ready'],
    reversible: false,
  }),

  async run(context, input) {
    const { name } = input.listing;
    await context.withTarget(context.spec.target.connection.database, async target => {
      const found = await target.rows('select 1 from pg_database where datname = $1', [name]);
      if (found.length === 0) await target.execute(createDatabase(input));
      if (input.listing.comment !== null && !input.exists) await target.execute(`comment on database ${quoteIdentifier(name)} is ${quoteLiteral(input.listing.comment)}`);
    });
    const comment = formatLineage({ name: context.spec.name, lineage: context.lineage, what: 'progress' });
    await context.withTarget(name, target => target.execute(`begin;${createProgressSql}\ncomment on schema pgm is ${quoteLiteral(comment)};\ncommit;`));
    return {};
  },
};
