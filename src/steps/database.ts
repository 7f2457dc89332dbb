import { isReadOnlySetting } from '../checks/read-only.js';
import { createHash } from 'node:crypto';
import { UserError } from '../errors.js';
import { createDatabase, databaseProperties, type DatabaseOptions } from '../copy/database-statements.js';
import { attempt, refusedByThisServer } from '../copy/refusals.js';
import type { PropertyStatement } from '../copy/role-statements.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { formatLineage, ownedBy } from '../state/lineage.js';
import { createProgress, finishStage } from '../state/progress.js';
import type { StepContext } from './context.js';
import { databaseKey } from '../inspect/properties.js';
import { recordBrought } from './followed-properties.js';
import { preloadRefusal } from './preload-libraries.js';
import type { StepKind } from './step-kind.js';

export interface DatabaseInput extends DatabaseOptions {
  readonly exists: boolean;
  /** What template0 has and the source has not, to be dropped from a database that pgm makes. */
  readonly without: readonly TemplateObject[];
}

export type TemplateObject = 'schema public' | 'extension plpgsql';

export const database: StepKind<DatabaseInput> = {
  kind: 'database',

  describe: input => ({
    title: input.exists ? 'prepare the database for the copy' : 'create the database',
    action: input.exists ? 'update' : 'create',
    server: 'target',
    database: input.listing.name,
    statements: [
      ...(input.exists
        ? []
        : [`${createDatabase(input)};  -- under a name of pgm's own until it is marked as made by this migration`]),
      ...(input.exists ? [] : input.without.map(object => `drop ${object};  -- the source has none`)),
      'create schema pgm;  -- record of the copy, dropped at ready',
    ],
    reversible: false,
  }),

  async run(context, input) {
    const { name } = input.listing;
    const made = await context.withTarget(context.spec.target.connection.database, target =>
      makeDatabase(target, context, input),
    );
    const comment = formatLineage({ name: context.spec.name, lineage: context.lineage, what: 'progress' });
    await context.withTarget(name, target =>
      target.transaction(async () => {
        await createProgress(target, comment);
        if (!made) return;
        for (const object of input.without) await dropIfAllowed(context, target, name, object);
        await finishStage(target, context.spec.name, 'created');
        // From now on the stage tells that pgm made it.
        await target.execute(`comment on database ${quoteIdentifier(name)} is null`);
      }),
    );
    if (made) await recordBrought(context, [databaseKey(name)]);
    return {};
  },
};

/**
 * Makes it under a name of pgm's own, and gives it the right one in the transaction that marks it: CREATE DATABASE
 * commits by itself, and whoever comes after a crash could not tell it from a database of somebody else's. True when
 * pgm made it.
 */
async function makeDatabase(target: Connection, context: StepContext, input: DatabaseInput): Promise<boolean> {
  const { name } = input.listing;
  const [found] = await target.rows<{ comment: string | null }>(
    "select shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1",
    [name],
  );
  if (found !== undefined) return ownedBy(found.comment, context.spec.name);
  const working = workingName(context.lineage, name);
  // Of a run that was killed; nobody can have connected to it.
  await dropWorking(target, working);
  const create = (owner: string | null): Promise<void> =>
    target.execute(
      `${createDatabase({ ...input, owner, listing: { ...input.listing, name: working } })} allow_connections = false`,
    );
  try {
    await create(input.owner);
  } catch (error) {
    // Only a member of a role may make it the owner.
    if (input.owner === null || errorCode(error) !== sqlstate.insufficientPrivilege) throw error;
    await create(null);
    context.warn(`${name}: ${context.target.user.name} may not give the database to ${input.owner}, and owns it now`);
  }
  const mark = formatLineage({ name: context.spec.name, lineage: context.lineage, what: 'database' });
  await target.transaction(async () => {
    await target.execute(`alter database ${quoteIdentifier(working)} rename to ${quoteIdentifier(name)}`);
    await target.execute(`comment on database ${quoteIdentifier(name)} is ${quoteLiteral(mark)}`);
    await target.execute(`alter database ${quoteIdentifier(name)} allow_connections true`);
  });
  return true;
}

/**
 * Milliseconds: from 15 on it waits for every session of the server, and one that waits for a standby does not answer.
 */
const dropPatience = 60_000;

async function dropWorking(target: Connection, working: string): Promise<void> {
  const { stands } = await target.row<{ stands: boolean }>(
    'select exists (select from pg_database where datname = $1) as stands',
    [working],
  );
  if (!stands) return;
  await target.execute(`set statement_timeout = ${dropPatience}`);
  try {
    await target.execute(`drop database ${quoteIdentifier(working)}`);
  } catch (error) {
    if (errorCode(error) !== sqlstate.queryCanceled) throw error;
    throw new UserError(`database ${working}, which an interrupted run left, could not be dropped in a minute`, {
      kind: 'stopped',
      code: 'PGM633',
      hint:
        'a session of the target does not answer, as one whose commit waits for a standby (select pid, ' +
        "wait_event from pg_stat_activity where wait_event = 'SyncRep'); end it, or bring the standby back",
      cause: error,
    });
  } finally {
    await target.execute('set statement_timeout = 0');
  }
}

function workingName(lineage: string, database: string): string {
  return `pgm_${createHash('sha256').update(`${lineage} ${database}`).digest('hex').slice(0, 24)}`;
}

/** It is another's (postgres' up to 14) where no superuser migrates; an empty schema more does no harm. */
async function dropIfAllowed(
  context: StepContext,
  target: Connection,
  database: string,
  object: TemplateObject,
): Promise<void> {
  const refusal = await attempt(target, `drop ${object}`, new Set([sqlstate.insufficientPrivilege]));
  if (refusal !== null) context.warn(`${database}: ${object} stays, which the source does not have: ${refusal}`);
}

export interface DatabasePropertiesInput {
  readonly options: DatabaseOptions;
  /** That will be on the target. */
  readonly roles: readonly string[];
}

/** Settings, privileges, connection limit and comment of a database that pgm made. */
export const databaseSettings: StepKind<DatabasePropertiesInput> = {
  kind: 'database',

  describe: input => ({
    title: 'give the database its settings and privileges',
    action: 'update',
    server: 'target',
    database: input.options.listing.name,
    object: 'settings',
    statements: statements(input).map(({ statement }) => `${statement};`),
    reversible: false,
  }),

  async run(context, input) {
    const { name } = input.options.listing;
    await context.withTarget(context.spec.target.connection.database, target =>
      target.transaction(async () => {
        for (const { setting, statement, hidden } of statements(input)) {
          const refusal =
            (setting === null ? null : await preloadRefusal(context, setting)) ??
            (await attempt(target, hidden ?? statement, refusedByThisServer));
          if (refusal !== null) context.warn(`${name}: not taken over: ${statement} (${refusal})`);
          else if (setting !== null && isReadOnlySetting(setting))
            context.warn(`${name}: as on the source, applications cannot write from now on: ${statement} (PGM419)`);
        }
      }),
    );
    await recordBrought(context, [databaseKey(name)]);
    await context.withTarget(name, target => finishStage(target, context.spec.name, 'settings'));
    return {};
  },
};

function statements({ options, roles }: DatabasePropertiesInput): readonly PropertyStatement[] {
  return databaseProperties(options.listing, options.owner, new Set(roles));
}
