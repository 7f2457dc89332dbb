import type { RoleFacts, ServerFacts } from '../inspect/facts.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { privateStatement } from '../postgres/private-statement.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { Connection } from '../postgres/connection.js';
import { grantStatement } from '../copy/grant-statements.js';
import { grantMembership, type Membership } from '../copy/memberships.js';
import { createRole, roleSettings, shownRole } from '../copy/role-statements.js';
import { attempt, refusedByThisServer } from '../copy/refusals.js';
import type { GivableAttributes } from '../inspect/givable-attributes.js';
import type { Side } from '../copy/property-changes.js';
import { roleKey } from '../inspect/properties.js';
import type { StepContext } from './context.js';
import { readPasswordHashes } from './role-passwords.js';
import { onSide, recordBrought, recordMaking } from './followed-properties.js';
import { preloadRefusal } from './preload-libraries.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export interface RolesInput {
  /** The side that lacks them: the source before the way back. */
  readonly to: Side;
  /** Missing there, without reserved ones. */
  readonly roles: readonly RoleFacts[];
  readonly memberships: readonly Membership[];
  /** Privileges on configuration parameters, 15 on. */
  readonly parameterGrants: ServerFacts['parameterGrants'];
  readonly asSuperuser: boolean;
  /** Attributes that the target user may give. */
  readonly gives: GivableAttributes;
  readonly targetVersion: number;
  /** Whom pgm connects as on the target. */
  readonly user: string;
  /** Password hashes can be read on the source. */
  readonly passwords: boolean;
}

/** Roles are the cluster's, not a database's: made once, before anything that they own. */
export const roles: StepKind<RolesInput, 'role'> = {
  kind: 'role',

  describe: input => ({
    title: `create ${plural(input.roles.length, 'role')}`,
    action: 'create',
    server: input.to,
    statements: [...input.roles.flatMap(role => shownRole(role, input.gives, input.passwords)), ...grants(input)].map(
      statement => `${statement};`,
    ),
    reversible: false,
  }),

  async run(context, input) {
    const { roles: missing, to } = input;
    const from = to === 'target' ? 'source' : 'target';
    const names = missing.map(({ name }) => name);
    const hashes = await onSide(context, from, connection => readPasswordHashes(connection, names));
    await recordMaking(context, names.map(roleKey), to);
    const left = await onSide(context, to, connection =>
      // Whole or not at all: what is there is no longer looked at by the next run.
      connection.transaction(() => makeRoles(connection, input, hashes, context)),
    );
    await recordBrought(context, names.filter(name => !left.includes(name)).map(roleKey), left.map(roleKey));
    const without = hashes === null ? missing.filter(role => role.canLogin) : [];
    if (without.length > 0)
      context.warn(
        `password hashes cannot be read on the ${from}; these roles have none on ` +
          `the ${to} yet: ${without.map(role => role.name).join(', ')}`,
      );
    return { outcome: plural(missing.length, 'role'), record: { roles: missing.length } };
  },
};

/** @returns those that somebody else made meanwhile */
async function makeRoles(
  target: Connection,
  input: RolesInput,
  hashes: ReadonlyMap<string, string> | null,
  context: StepContext,
): Promise<readonly string[]> {
  const left: string[] = [];
  for (const role of input.roles) {
    const hash = hashes?.get(role.name);
    const made = await attempt(
      target,
      // A hash is no password, but good for a dictionary attack.
      hash === undefined
        ? createRole(role, input.gives, undefined)
        : privateStatement([hash], ([shown]) => createRole(role, input.gives, shown)),
      new Set([sqlstate.duplicateObject]),
    );
    if (made !== null) {
      left.push(role.name);
      context.warn(`role ${role.name} was made meanwhile, and is left as it is`);
    } else
      for (const { setting, statement, hidden } of roleSettings(role)) {
        const refusal =
          (setting === null ? null : await preloadRefusal(context, setting)) ??
          (await attempt(target, hidden ?? statement, refusedByThisServer));
        if (refusal !== null) context.warn(`not taken over: ${statement} (${refusal})`);
      }
  }
  for (const statement of grants(input)) {
    // A predefined role or a parameter that this major does not have.
    const refusal = await attempt(target, statement, new Set([sqlstate.undefinedObject]));
    if (refusal !== null) context.warn(`not granted: ${statement} (${refusal})`);
  }
  return left;
}

/** Memberships and parameters: given when all roles are there. */
function grants({
  roles: made,
  memberships,
  parameterGrants,
  asSuperuser,
  targetVersion,
  user,
}: RolesInput): readonly string[] {
  const joined = made.filter(
    ({ name }) => !asSuperuser && !memberships.some(({ member, role }) => member === user && role === name),
  );
  return [
    // Who is no superuser may give objects only to roles that they are a member of.
    ...joined.map(({ name }) => `grant ${quoteIdentifier(name)} to ${quoteIdentifier(user)}`),
    ...memberships.map(membership => grantMembership(membership, targetVersion, asSuperuser)),
    ...parameterGrants.map(grant =>
      grantStatement(`parameter ${grant.parameter.split('.').map(quoteIdentifier).join('.')}`, grant),
    ),
  ];
}
