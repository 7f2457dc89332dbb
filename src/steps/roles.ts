import type { RoleFacts, ServerFacts } from '../inspect/facts.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { errorCode } from '../postgres/errors.js';
import type { Connection } from '../postgres/connection.js';
import { grantStatement } from '../copy/grant-statements.js';
import { grantMembership, type Membership } from '../copy/memberships.js';
import { createRole, roleSettings, shownRole } from '../copy/role-statements.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export interface RolesInput {
  /** Missing on the target, without reserved ones. */
  readonly roles: readonly RoleFacts[];
  readonly memberships: readonly Membership[];
  /** Privileges on configuration parameters, 15 on. */
  readonly parameterGrants: ServerFacts['parameterGrants'];
  /** The target user may give SUPERUSER, REPLICATION and BYPASSRLS. */
  readonly asSuperuser: boolean;
  readonly targetVersion: number;
  /** Whom pgm connects as on the target. */
  readonly user: string;
  /** Password hashes can be read on the source. */
  readonly passwords: boolean;
}

/** Roles are the cluster's, not a database's: made once, before anything that they own. */
export const roles: StepKind<RolesInput> = {
  kind: 'role',

  describe: input => ({
    title: `create ${plural(input.roles.length, 'role')}`,
    action: 'create',
    server: 'target',
    statements: [
      ...input.roles.flatMap(role => shownRole(role, input.asSuperuser, input.passwords)),
      ...grants(input),
    ].map(statement => `${statement};`),
    reversible: false,
  }),

  async run(context, input) {
    const { roles: missing, asSuperuser } = input;
    const hashes = await context.withSource(context.spec.source.connection.database, source =>
      readPasswordHashes(source, missing),
    );
    await context.withTarget(context.spec.target.connection.database, async target => {
      const superuser = context.target.user.superuser;
      for (const role of missing) {
        const hash = hashes?.get(role.name);
        // A hash is no password, but good for a dictionary attack: it is kept out of the target's log.
        if (superuser && hash !== undefined)
          await target.execute(
            "set log_statement = 'none'; set log_min_duration_statement = -1; set log_min_error_statement = panic",
          );
        await catchDuplicate(() =>
          target.execute(
            createRole(role, asSuperuser, hash),
            createRole(role, asSuperuser, hash === undefined ? undefined : '(sensitive)'),
          ),
        );
        for (const statement of roleSettings(role)) await target.execute(statement);
      }
      if (superuser)
        await target.execute('reset log_statement; reset log_min_duration_statement; reset log_min_error_statement');
      for (const statement of grants(input)) {
        try {
          await target.execute(statement);
        } catch (error) {
          // A predefined role or a parameter that this major does not have.
          if (errorCode(error) !== sqlstate.undefinedObject) throw error;
          context.warn(`not granted: ${statement} (${error instanceof Error ? error.message : ''})`);
        }
      }
    });
    const without = hashes === null ? missing.filter(role => role.canLogin) : [];
    if (without.length > 0)
      context.warn(
        `password hashes cannot be read on the source; these roles have none on the target yet: ${without.map(role => role.name).join(', ')}`,
      );
    return { outcome: plural(missing.length, 'role'), record: { roles: missing.length } };
  },
};

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

/** null: they may not be read. */
async function readPasswordHashes(
  source: Connection,
  wanted: readonly RoleFacts[],
): Promise<ReadonlyMap<string, string> | null> {
  try {
    const rows = await source.rows<{ name: string; hash: string }>(
      'select rolname as name, rolpassword as hash from pg_authid where rolpassword is not null and rolname = any($1)',
      [wanted.map(role => role.name)],
    );
    return new Map(rows.map(row => [row.name, row.hash]));
  } catch (error) {
    if (errorCode(error) === sqlstate.insufficientPrivilege) return null;
    throw error;
  }
}

async function catchDuplicate(create: () => Promise<void>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (errorCode(error) !== sqlstate.duplicateObject) throw error;
  }
}
