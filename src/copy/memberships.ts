import type { RoleFacts } from '../inspect/facts.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { has } from '../postgres/since.js';

/** One role's membership in another, as granted by one role. */
export interface Membership {
  readonly member: string;
  readonly role: string;
  readonly grantor: string | null;
  readonly admin: boolean;
  /** null: the source is older than 16, which has no such options. */
  readonly inherit: boolean | null;
  readonly set: boolean | null;
}

export interface MembershipsInput {
  /** All roles of the source. */
  readonly source: readonly RoleFacts[];
  /** Roles that this migration makes on the target. */
  readonly made: ReadonlySet<string>;
  /** Roles that will be on the target. */
  readonly there: ReadonlySet<string>;
}

/** Memberships of roles that are made, and in them; in an order in which each grantor has the right by then. */
export function membershipsToMake({ source, made, there }: MembershipsInput): readonly Membership[] {
  const isThere = (role: string): boolean => there.has(role) || role.startsWith('pg_');
  const wanted = source.flatMap(({ name, memberOf }) =>
    memberOf
      .filter(({ role }) => isThere(name) && isThere(role) && (made.has(name) || made.has(role)))
      .map(membership => ({ ...membership, member: name })),
  );
  return inGrantingOrder(
    wanted.map(each => (each.grantor !== null && isThere(each.grantor) ? each : { ...each, grantor: null })),
  );
}

/** From 16 on a grantor needs the ADMIN option before it gives the role on. */
function inGrantingOrder(memberships: readonly Membership[]): readonly Membership[] {
  const ordered: Membership[] = [];
  let left = [...memberships];
  while (left.length > 0) {
    const ready = left.filter(
      ({ role, grantor }) => !left.some(other => other.admin && other.role === role && other.member === grantor),
    );
    // A circle cannot come from a server of 16 or later; from an older one the rest is granted as it stands.
    if (ready.length === 0) return [...ordered, ...left];
    ordered.push(...ready);
    left = left.filter(each => !ready.includes(each));
  }
  return ordered;
}

/**
 * GRANT role TO member. INHERIT and SET are of 16; before, ADMIN alone. From 16 on the server wants to know grantors to
 * hold ADMIN, which it did not keep track of before: then the grant is the migrating user's.
 */
export function grantMembership(
  { member, role, grantor, admin, inherit, set }: Membership,
  targetVersion: number,
  asSuperuser: boolean,
): string {
  const tracked = inherit !== null && set !== null;
  const modern = has(targetVersion, 'membershipOptions');
  const options =
    modern && tracked ? ` with admin ${admin}, inherit ${inherit}, set ${set}` : admin ? ' with admin option' : '';
  const by = grantor !== null && asSuperuser && tracked === modern ? ` granted by ${quoteIdentifier(grantor)}` : '';
  return `grant ${quoteIdentifier(role)} to ${quoteIdentifier(member)}${options}${by}`;
}
