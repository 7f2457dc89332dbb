import { createDatabase, databaseProperties, type DatabaseOptions } from '../copy/database-statements.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode, reportError } from '../postgres/errors.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { formatLineage } from '../state/lineage.js';
import { createProgressSql, finishStage } from '../state/progress.js';
import type { StepContext } from './context.js';
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
      ...(input.exists ? [] : [`${createDatabase(input)};`]),
      ...(input.exists ? [] : input.without.map(object => `drop ${object};  -- the source has none`)),
      'create schema pgm;  -- record of the copy, dropped at ready',
    ],
    reversible: false,
  }),

  async run(context, input) {
    const { name } = input.listing;
    const created = await context.withTarget(context.spec.target.connection.database, async target => {
      const found = await target.rows('select 1 from pg_database where datname = $1', [name]);
      if (found.length > 0) return false;
      try {
        await target.execute(createDatabase(input));
      } catch (error) {
        // Only a member of a role may make it the owner.
        if (input.owner === null || errorCode(error) !== sqlstate.insufficientPrivilege) throw error;
        await target.execute(createDatabase({ ...input, owner: null }));
        context.warn(
          `${name}: ${context.target.user.name} may not give the database to ${input.owner}, and owns it now`,
        );
      }
      return true;
    });
    const comment = formatLineage({ name: context.spec.name, lineage: context.lineage, what: 'progress' });
    await context.withTarget(name, target =>
      target.transaction(async () => {
        await target.execute(`${createProgressSql}\ncomment on schema pgm is ${quoteLiteral(comment)}`);
        if (!created) return;
        for (const object of input.without) await dropIfAllowed(context, target, name, object);
        await finishStage(target, context.spec.name, 'created');
      }),
    );
    return {};
  },
};

/** It is another's (postgres' up to 14) where no superuser migrates; an empty schema more does no harm. */
async function dropIfAllowed(
  context: StepContext,
  target: Connection,
  database: string,
  object: TemplateObject,
): Promise<void> {
  await target.execute('savepoint before_drop');
  try {
    await target.execute(`drop ${object}`);
  } catch (error) {
    if (errorCode(error) !== sqlstate.insufficientPrivilege) throw error;
    await target.execute('rollback to savepoint before_drop');
    context.warn(`${database}: ${object} stays, which the source does not have: ${reportError(error).message}`);
  }
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
    statements: statements(input).map(statement => `${statement};`),
    reversible: false,
  }),

  async run(context, input) {
    const { name } = input.options.listing;
    await context.withTarget(context.spec.target.connection.database, async target => {
      for (const statement of statements(input)) {
        try {
          await target.execute(statement);
        } catch (error) {
          if (!notForThisServer.has(errorCode(error) ?? '')) throw error;
          context.warn(`${name}: not taken over: ${statement} (${error instanceof Error ? error.message : ''})`);
        }
      }
    });
    await context.withTarget(name, target => finishStage(target, context.spec.name, 'settings'));
    return {};
  },
};

/** A setting that this major or its modules do not know, a value that it refuses, a right that the user lacks. */
const notForThisServer: ReadonlySet<string> = new Set([
  sqlstate.undefinedObject,
  '22023',
  sqlstate.insufficientPrivilege,
]);

function statements({ options, roles }: DatabasePropertiesInput): readonly string[] {
  return databaseProperties(options.listing, options.owner, new Set(roles));
}
