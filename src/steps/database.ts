import { createDatabase, databaseProperties, type DatabaseOptions } from '../copy/database-statements.js';
import { errorCode } from '../postgres/errors.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { formatLineage } from '../state/lineage.js';
import { createProgressSql, finishStage } from '../state/progress.js';
import type { StepKind } from './step-kind.js';

export interface DatabaseInput extends DatabaseOptions {
  readonly exists: boolean;
}

export const database: StepKind<DatabaseInput> = {
  kind: 'database',

  describe: input => ({
    title: input.exists ? 'prepare the database for the copy' : 'create the database',
    action: input.exists ? 'update' : 'create',
    server: 'target',
    database: input.listing.name,
    statements: [
      ...(input.exists ? [] : [`${createDatabase(input)};`]),
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
        if (created) await finishStage(target, context.spec.name, 'created');
      }),
    );
    return {};
  },
};

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
