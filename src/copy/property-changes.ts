import type { DatabaseListing, RoleFacts } from '../inspect/facts.js';
import { givableAttributes } from '../inspect/givable-attributes.js';
import {
  changedSince,
  databaseGrants,
  ofSwitch,
  propertiesOf,
  type Aspect,
  type DatabaseGrant,
  type PropertyFacts,
} from '../inspect/properties.js';
import { resultSettingNames } from '../inspect/result-setting-names.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import type { PropertyMarks } from '../state/lockfile.js';
import { grantStatement } from './grant-statements.js';
import { grantMembership } from './memberships.js';
import { alterAttributes, setStatement, type PropertyStatement } from './role-statements.js';
import { has } from '../postgres/since.js';

export type Side = 'source' | 'target';

/** One aspect of a role or database that changed on the side in use. */
export interface PropertyChange {
  readonly key: string;
  readonly kind: 'role' | 'database';
  readonly name: string;
  readonly aspect: Aspect;
  /** A password is `(sensitive)` in them. */
  readonly statements: readonly PropertyStatement[];
}

export interface MovedProperties {
  /** To be brought to the other side. */
  readonly changes: readonly PropertyChange[];
  /** The other side was changed too, by somebody else: it is left alone. */
  readonly both: readonly PropertyChange[];
  /** Roles that were dropped on the side in use. */
  readonly gone: readonly string[];
}

export interface Sides {
  /** The side in use. */
  readonly leader: PropertyFacts;
  readonly follower: PropertyFacts;
  readonly leads: Side;
  /** As they were when pgm brought them; only what is marked is looked at: it is pgm's to change. */
  readonly marks: PropertyMarks;
  /** A switch has taken CONNECT: it is no longer compared. */
  readonly switched: boolean;
}

/** What changed on the side in use since it was brought. Pure. */
export function movedProperties(sides: Sides): MovedProperties {
  const { leader, follower, leads, marks } = sides;
  const here = propertiesOf(leader);
  const there = propertiesOf(follower);
  const changes: PropertyChange[] = [];
  const both: PropertyChange[] = [];
  const gone: string[] = [];
  const follows = leads === 'source' ? 'target' : 'source';
  for (const [key, mark] of Object.entries(marks)) {
    const mine = here.get(key);
    const theirs = there.get(key);
    const [kind, name] = partsOf(key);
    if (mine === undefined && theirs !== undefined && kind === 'role') gone.push(name);
    const ofLeader = mark[leads];
    if (mine === undefined || theirs === undefined || ofLeader === null) continue;
    const ofFollower = mark[follows];
    const touched = ofFollower === null ? [] : changedSince(theirs, ofFollower);
    const now = new Map(theirs.aspects);
    for (const aspect of changedSince(mine, ofLeader)) {
      if (aspect === 'connect' && sides.switched) continue;
      if (aspect === 'password' && !leader.canReadPasswords) continue;
      // Somebody has done the same there.
      if (now.get(aspect) === new Map(mine.aspects).get(aspect)) continue;
      const statements = statementsFor(kind, name, aspect, sides);
      if (statements.length === 0) continue;
      (touched.includes(aspect) ? both : changes).push({ key, kind, name, aspect, statements });
    }
  }
  return { changes, both, gone };
}

function partsOf(key: string): readonly [kind: 'role' | 'database', name: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash) === 'role' ? 'role' : 'database', key.slice(slash + 1)];
}

function statementsFor(
  kind: 'role' | 'database',
  name: string,
  aspect: Aspect,
  sides: Sides,
): readonly PropertyStatement[] {
  if (kind === 'role') {
    const mine = sides.leader.roles.find(role => role.name === name);
    const theirs = sides.follower.roles.find(role => role.name === name);
    return mine === undefined || theirs === undefined ? [] : roleStatements(mine, theirs, aspect, sides);
  }
  const mine = sides.leader.databases.find(each => each.name === name);
  const theirs = sides.follower.databases.find(each => each.name === name);
  return mine === undefined || theirs === undefined ? [] : databaseStatements(mine, theirs, aspect, sides);
}

const plain = (statement: string): PropertyStatement => ({ setting: null, statement });

function roleStatements(
  mine: RoleFacts,
  theirs: RoleFacts,
  aspect: Aspect,
  { leader, follower }: Sides,
): readonly PropertyStatement[] {
  const role = quoteIdentifier(mine.name);
  switch (aspect) {
    case 'attributes':
      return [plain(alterAttributes(mine, theirs, givableAttributes(follower.user, follower.versionNum)))];
    case 'password':
      return [plain(alterPassword(mine.name, mine.passwordDigest === null ? null : '(sensitive)'))];
    case 'settings':
      return settingStatements(mine.settings, theirs.settings, `alter role ${role}`);
    case 'memberships':
      return membershipStatements(mine, theirs, follower);
    case 'parameters': {
      const of = ({ parameterGrants }: PropertyFacts): PropertyFacts['parameterGrants'] =>
        parameterGrants.filter(({ grantee }) => grantee === mine.name);
      return grantChanges(of(leader), of(follower), ({ parameter }) => `parameter ${parameterName(parameter)}`);
    }
    case 'comment':
      return [plain(`comment on role ${role} is ${mine.comment === null ? 'null' : quoteLiteral(mine.comment)}`)];
    case 'privileges':
    case 'connect':
    case 'connection limit':
      return [];
  }
}

function databaseStatements(
  mine: DatabaseListing,
  theirs: DatabaseListing,
  aspect: Aspect,
  { follower }: Sides,
): readonly PropertyStatement[] {
  const database = `database ${quoteIdentifier(mine.name)}`;
  const roles = new Set(follower.roles.map(({ name }) => name));
  const isThere = ({ grantee }: DatabaseGrant): boolean => grantee === null || roles.has(grantee);
  switch (aspect) {
    case 'settings': {
      const whose = new Set([...mine.roleSettings, ...theirs.roleSettings].map(({ role }) => role));
      return [...whose].flatMap(role => {
        if (role !== null && !roles.has(role)) return [];
        const of = (listing: DatabaseListing): readonly string[] =>
          listing.roleSettings.filter(each => each.role === role).map(({ setting }) => setting);
        const altered = `alter ${role === null ? '' : `role ${quoteIdentifier(role)} in `}${database}`;
        return settingStatements(of(mine), of(theirs), altered);
      });
    }
    case 'privileges':
    case 'connect': {
      const of = (listing: DatabaseListing): readonly DatabaseGrant[] =>
        databaseGrants(listing).filter(each => (each.privilege === 'CONNECT') === (aspect === 'connect'));
      return grantChanges(of(mine).filter(isThere), of(theirs), () => database);
    }
    case 'connection limit':
      return [plain(`alter ${database} connection limit ${mine.connectionLimit}`)];
    case 'comment':
      return mine.comment === null ? [] : [plain(`comment on ${database} is ${quoteLiteral(mine.comment)}`)];
    default:
      return [];
  }
}

/** @param hash null: none */
export function alterPassword(role: string, hash: string | null): string {
  return `alter role ${quoteIdentifier(role)} password ${hash === null ? 'null' : quoteLiteral(hash)}`;
}

/** What pgm itself gave a database so that its sessions begin as on the source has no counterpart there. */
const kept: ReadonlySet<string> = new Set([...resultSettingNames, ofSwitch].map(name => name.toLowerCase()));

function settingStatements(
  mine: readonly string[],
  theirs: readonly string[],
  altered: string,
): readonly PropertyStatement[] {
  const nameOf = (setting: string): string => setting.slice(0, setting.indexOf('=')).toLowerCase();
  const wanted = mine.filter(setting => nameOf(setting) !== ofSwitch);
  const names = new Set(wanted.map(nameOf));
  return [
    ...theirs
      .filter(setting => !names.has(nameOf(setting)) && !kept.has(nameOf(setting)))
      .map(setting => plain(`${altered} reset ${parameterName(setting.slice(0, setting.indexOf('=')))}`)),
    ...wanted.filter(setting => !theirs.includes(setting)).map(setting => setStatement(altered, setting)),
  ];
}

function parameterName(name: string): string {
  return name.split('.').map(quoteIdentifier).join('.');
}

function membershipStatements(
  mine: RoleFacts,
  theirs: RoleFacts,
  follower: PropertyFacts,
): readonly PropertyStatement[] {
  const roles = new Set(follower.roles.map(({ name }) => name));
  const member = quoteIdentifier(mine.name);
  const { superuser } = follower.user;
  // Before 16 a membership has no options of its own.
  const agree = (a: boolean | null, b: boolean | null): boolean => a === null || b === null || a === b;
  type Membership = RoleFacts['memberOf'][number];
  const same = (a: Membership, b: Membership): boolean =>
    a.role === b.role && a.admin === b.admin && agree(a.inherit, b.inherit) && agree(a.set, b.set);
  const surplus = theirs.memberOf.filter(each => !mine.memberOf.some(other => same(each, other)));
  const lacking = mine.memberOf.filter(
    each => (roles.has(each.role) || each.role.startsWith('pg_')) && !theirs.memberOf.some(other => same(each, other)),
  );
  const by = (grantor: string | null): string =>
    superuser && has(follower.versionNum, 'membershipOptions') && grantor !== null
      ? ` granted by ${quoteIdentifier(grantor)}`
      : '';
  return [
    ...surplus.map(({ role, grantor }) => plain(`revoke ${quoteIdentifier(role)} from ${member}${by(grantor)}`)),
    ...lacking.map(each =>
      plain(grantMembership({ ...each, grantor: null, member: mine.name }, follower.versionNum, superuser)),
    ),
  ];
}

function grantChanges<Grant extends DatabaseGrant>(
  mine: readonly Grant[],
  theirs: readonly Grant[],
  words: (grant: Grant) => string,
): readonly PropertyStatement[] {
  const same = (a: Grant, b: Grant): boolean =>
    words(a) === words(b) && a.grantee === b.grantee && a.privilege === b.privilege && a.grantable === b.grantable;
  const lacks = (grants: readonly Grant[]) => (grant: Grant) => !grants.some(other => same(grant, other));
  return [
    ...theirs
      .filter(lacks(mine))
      .map(grant =>
        plain(
          `revoke ${grant.privilege.toLowerCase()} on ${words(grant)} ` +
            `from ${grant.grantee === null ? 'public' : quoteIdentifier(grant.grantee)}`,
        ),
      ),
    ...mine.filter(lacks(theirs)).map(grant => plain(grantStatement(words(grant), { ...grant, grantor: '' }))),
  ];
}
