import type { RoleFacts } from '../inspect/facts.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { errorCode } from '../postgres/errors.js';
import type { Connection } from '../postgres/connection.js';
import { createRole, grantMemberships, roleSettings, shownRole } from '../copy/role-statements.js';
import type { StepKind } from './step-kind.js';

export interface RolesInput {
  /** Missing on the target, without reserved ones. */
  readonly roles: readonly RoleFacts[];
  /** The target user may give SUPERUSER, REPLICATION and BYPASSRLS. */
  readonly asSuperuser: boolean;
  readonly targetVersion: number;
  /** Password hashes can be read on the source. */
  readonly passwords: boolean;
}

/** Roles are the cluster's, not a database's: made once, before anything that they own. */
export const roles: StepKind<RolesInput> = {
  kind: 'role',

  describe: ({ roles: missing, asSuperuser, targetVersion, passwords }) => ({
    title: `create ${missing.length} roles`,
    action: 'create',
    server: 'target',
    statements: missing.flatMap(role => [...shownRole(role, asSuperuser, passwords), ...grantMemberships(role, targetVersion)]).map(statement => `${statement};`),
    reversible: false,
  }),

  async run(context, { roles: missing, asSuperuser, targetVersion }) {
    const hashes = await context.withSource(context.spec.source.connection.database, source => readPasswordHashes(source, missing));
    await context.withTarget(context.spec.target.connection.database, async target => {
      const superuser = context.target.user.superuser;
      for (const role of missing) {
        const hash = hashes.get(role.name);
        // A hash is no password, but good for a dictionary attack: it is kept out of the target's log.
        if (superuser && hash !== undefined) await target.execute("set log_statement = 'none'; set log_min_duration_statement = -1; set log_min_error_statement = panic");
        await catchDuplicate(() => target.execute(createRole(role, asSuperuser, hash), createRole(role, asSuperuser, hash === undefined ? undefined : '(sensitive)')));
        for (const statement of roleSettings(role)) await target.execute(statement);
      }
      for (const statement of missing.flatMap(role => grantMemberships(role, targetVersion))) await target.execute(statement);
    });
    const without = missing.filter(role => role.canLogin && !hashes.has(role.name));
    if (without.length > 0) context.warn(`these roles have no password on the target yet: ${without.map(role => role.name).join(', ')}`);
    return { outcome: `${missing.length} roles` };
  },
};

async function readPasswordHashes(source: Connection, wanted: readonly RoleFacts[]): Promise<ReadonlyMap<string, string>> {
  try {
    const rows = await source.rows<{ name: string; hash: string }>('select rolname as name, rolpassword as hash from pg_authid where rolpassword is not null and rolname = any($1)', [wanted.map(role => role.name)]);
    return new Map(rows.map(row => [row.name, row.hash]));
  } catch (error) {
    if (errorCode(error) === sqlstate.insufficientPrivilege) return new Map();
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
