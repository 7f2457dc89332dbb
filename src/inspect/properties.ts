import { createHash } from 'node:crypto';
import type { DatabaseListing, RoleFacts, ServerFacts } from './facts.js';

/** What can change of a role or database on the side in use after it was brought, each by itself. */
export type Aspect =
  | 'attributes'
  | 'password'
  | 'settings'
  | 'memberships'
  | 'parameters'
  | 'comment'
  | 'privileges'
  | 'connect'
  | 'connection limit';

/** What is read of one side to see it. */
export type PropertyFacts = Pick<
  ServerFacts,
  'roles' | 'databases' | 'parameterGrants' | 'canReadPasswords' | 'versionNum' | 'user' | 'provider'
>;

/** Of one role or database: aspects as texts that are equal when nothing has changed. */
export interface Properties {
  /** `role/app`, `database/shop`. */
  readonly key: string;
  readonly aspects: readonly (readonly [aspect: Aspect, text: string])[];
}

/** A switch sets it, and only a switch takes it away again. */
export const ofSwitch = 'default_transaction_read_only';

export function propertiesOf(server: PropertyFacts): ReadonlyMap<string, Properties> {
  const all = [...server.roles.map(role => roleProperties(role, server)), ...server.databases.map(databaseProperties)];
  return new Map(all.map(each => [each.key, each]));
}

export const roleKey = (name: string): string => `role/${name}`;
export const databaseKey = (name: string): string => `database/${name}`;

function roleProperties(role: RoleFacts, { canReadPasswords, parameterGrants }: PropertyFacts): Properties {
  const { superuser, inherit, createrole, createdb, canLogin, replication, bypassrls, connectionLimit } = role;
  const flags = [superuser, inherit, createrole, createdb, canLogin, replication, bypassrls];
  return {
    key: roleKey(role.name),
    aspects: [
      ['attributes', JSON.stringify([...flags, connectionLimit, role.validUntil ?? 'infinity'])],
      ['password', canReadPasswords ? (role.passwordDigest ?? '') : 'unreadable'],
      ['settings', sortedText(role.settings)],
      [
        'memberships',
        sortedText(role.memberOf.map(each => JSON.stringify([each.role, each.admin, each.inherit, each.set]))),
      ],
      [
        'parameters',
        sortedText(
          parameterGrants
            .filter(({ grantee }) => grantee === role.name)
            .map(each => JSON.stringify([each.parameter, each.privilege, each.grantable])),
        ),
      ],
      ['comment', role.comment ?? ''],
    ],
  };
}

function databaseProperties(listing: DatabaseListing): Properties {
  const settings = listing.roleSettings.filter(({ setting }) => !setting.startsWith(`${ofSwitch}=`));
  const [connect, others] = privilegesOf(listing);
  return {
    key: databaseKey(listing.name),
    aspects: [
      ['settings', sortedText(settings.map(({ role, setting }) => JSON.stringify([role, setting])))],
      ['privileges', sortedText(others)],
      ['connect', sortedText(connect)],
      ['connection limit', String(listing.connectionLimit)],
      ['comment', listing.comment ?? ''],
    ],
  };
}

/**
 * Who may what beside the owner, as `[grantee, privilege, grantable]`: CONNECT, which a switch takes, and the others.
 */
function privilegesOf({ grants, owner }: DatabaseListing): readonly [connect: string[], others: string[]] {
  const all = databaseGrants({ grants, owner });
  const texts = (connect: boolean): string[] =>
    all
      .filter(({ privilege }) => (privilege === 'CONNECT') === connect)
      .map(({ grantee, privilege, grantable }) => JSON.stringify([grantee, privilege, grantable]));
  return [texts(true), texts(false)];
}

export interface DatabaseGrant {
  /** null: PUBLIC. */
  readonly grantee: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** Without the owner's own; what PostgreSQL gives by default where nothing was granted or revoked. */
export function databaseGrants({ grants, owner }: Pick<DatabaseListing, 'grants' | 'owner'>): readonly DatabaseGrant[] {
  const given = grants ?? ['CONNECT', 'TEMPORARY'].map(privilege => ({ grantee: null, privilege, grantable: false }));
  return given.filter(({ grantee }) => grantee !== owner);
}

function sortedText(texts: readonly string[]): string {
  return JSON.stringify([...texts].sort());
}

/**
 * For the lockfile, which lies in git: enough to see that an aspect has changed, too little to try passwords on. A
 * salted digest of each, cut to 16 bits.
 */
export function markOf({ key, aspects }: Properties): string {
  return aspects.map(([aspect, text]) => digest(key, aspect, text)).join(' ');
}

/** What is no longer as the mark says. */
export function changedSince({ key, aspects }: Properties, mark: string): readonly Aspect[] {
  const marks = mark.split(' ');
  return aspects.flatMap(([aspect, text], at) => (digest(key, aspect, text) === marks[at] ? [] : [aspect]));
}

/** The mark, with some aspects as they are now. */
export function markAgain(properties: Properties, mark: string | null, aspects: ReadonlySet<Aspect>): string {
  if (mark === null) return markOf(properties);
  const before = mark.split(' ');
  return properties.aspects
    .map(([aspect, text], at) =>
      aspects.has(aspect) ? digest(properties.key, aspect, text) : (before[at] ?? digest(properties.key, aspect, text)),
    )
    .join(' ');
}

const markLength = 4;

function digest(key: string, aspect: Aspect, text: string): string {
  return createHash('sha256')
    .update(JSON.stringify([key, aspect, text]))
    .digest('hex')
    .slice(0, markLength);
}
