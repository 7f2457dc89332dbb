import type { Grant } from '../inspect/facts.js';
import { quoteIdentifier } from '../postgres/identifiers.js';

/** `database "shop"`, with the owner who has all privileges by default. */
export interface GrantedObject {
  readonly words: string;
  /** On the source. */
  readonly owner: string;
  /** False: the migrating user owns it on the target, and has all privileges. */
  readonly ownerIsThere: boolean;
}

/**
 * Statements that make a new object's privileges those of a list: defaults are taken away first. A grant that another
 * role than the owner gave is given again in that role's name.
 */
export function grantStatements(
  { words, owner, ownerIsThere }: GrantedObject,
  grants: readonly Grant[],
): readonly string[] {
  const ofOwner = ownerIsThere ? grants.filter(grant => grant.grantee === owner) : [];
  const others = grants.filter(grant => grant.grantee !== owner);
  const byOthers = others.filter(grant => grant.grantor !== owner);
  return [
    `revoke all on ${words} from public`,
    ...(ownerIsThere ? [`revoke all on ${words} from ${quoteIdentifier(owner)}`] : []),
    ...[...ofOwner, ...others.filter(grant => !byOthers.includes(grant))].map(grant => grantStatement(words, grant)),
    ...byOthers.flatMap(grant => [
      `set session authorization ${quoteIdentifier(grant.grantor)}`,
      grantStatement(words, grant),
      'reset session authorization',
    ]),
  ];
}

export function grantStatement(words: string, { grantee, privilege, grantable }: Grant): string {
  return (
    `grant ${privilege.toLowerCase()} on ${words} ` +
    `to ${grantee === null ? 'public' : quoteIdentifier(grantee)}${grantable ? ' with grant option' : ''}`
  );
}
