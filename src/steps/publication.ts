import type { Way } from '../inspect/rights.js';
import { relationKey } from '../postgres/relation-key.js';
import { dropPublicationIfExists, publicationStatements, runCreatePublication } from '../replication/publications.js';
import { dropFromPublication, forgetTables, type Relation } from '../replication/statements.js';
import { enableSubscription, forgetUnpublishedTables } from '../replication/subscriptions.js';
import { formatLineage } from '../state/lineage.js';
import { finishStage, forgetStage } from '../state/progress.js';
import type { StepContext } from './context.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export type PublicationInput =
  | {
      readonly change: 'create';
      readonly database: string;
      readonly name: string;
      readonly tables: readonly Relation[];
      readonly migration: string;
      readonly way: Way;
    }
  /** `subscribed`: the lane's worker must not apply what is still under way for these tables. */
  | {
      readonly change: 'drop-tables';
      readonly database: string;
      readonly name: string;
      readonly lane: number;
      readonly tables: readonly Relation[];
      readonly subscribed: boolean;
    };

/**
 * By name: between two runs one table may have come and another gone. Only pgm's own: whoever may create in the database
 * could have made one of this name, with less published.
 */
const membersSql = `
select n.nspname as schema, c.relname as name
from pg_publication p
join pg_publication_rel r on r.prpubid = p.oid
join pg_class c on c.oid = r.prrelid
join pg_namespace n on n.oid = c.relnamespace
where p.pubname = $1 and pg_get_userbyid(p.pubowner) = current_user
  and obj_description(p.oid, 'pg_publication') = $2`;

/**
 * Made before the slot and with its final list of tables: a table that joins later loses its earlier changes
 * [measured].
 */
export const publication: StepKind<PublicationInput> = {
  kind: 'publication',

  describe: input => ({
    title:
      input.change === 'create'
        ? `publish ${plural(input.tables.length, 'table')}`
        : input.tables.length === 0
          ? 'have the lane drop tables that another lane replicates'
          : `remove ${plural(input.tables.length, 'table')} from the ` +
            `lane: another lane replicates ${input.tables.length === 1 ? 'it' : 'them'}`,
    action: input.change === 'create' ? 'create' : 'update',
    server: 'source',
    database: input.database,
    object: input.name,
    statements: [
      ...statements(input, '…'),
      ...(input.change === 'drop-tables' && input.subscribed ? forgetTables(input.name) : []),
    ],
    reversible: true,
    impact: { locks: ['SHARE UPDATE EXCLUSIVE on each published table, for a moment: reads and writes go on'] },
  }),

  async probe(context, input) {
    if (input.change !== 'create') return 'absent';
    return context.withSource(input.database, async source => {
      const there = await source.rows<Relation>(membersSql, [input.name, lineageOf(context, input)]);
      const wanted = new Set(input.tables.map(relationKey));
      return there.length > 0 && there.length === wanted.size && there.every(table => wanted.has(relationKey(table)))
        ? 'present'
        : 'absent';
    });
  },

  async run(context, input) {
    const forgets = input.change === 'drop-tables' && input.subscribed;
    // What is done on two servers can be cut off between: until the mark is gone, the next run does all of it again.
    if (forgets)
      await context.withTarget(input.database, target =>
        finishStage(target, context.spec.name, { kind: 'leaving', lane: input.lane }),
      );
    await context.withSource(input.database, source =>
      source.transaction(async () => {
        // A queue must not form behind a table that is locked for long.
        await source.execute("set local lock_timeout = '10s'");
        if (input.change === 'create') await dropPublicationIfExists(source, input.name);
        if (input.change === 'create')
          await runCreatePublication(source, input.way, input.name, input.tables, lineageOf(context, input));
        else for (const statement of statements(input, '')) await source.execute(statement);
      }),
    );
    if (forgets)
      await context.withTarget(input.database, async target => {
        await forgetUnpublishedTables(target, input.name);
        await forgetStage(target, context.spec.name, { kind: 'leaving', lane: input.lane });
        await enableSubscription(target, input.name);
      });
    return { outcome: plural(input.tables.length, 'table') };
  },
};

function lineageOf(context: Pick<StepContext, 'spec' | 'lineage'>, input: PublicationInput): string {
  return formatLineage({ name: context.spec.name, lineage: context.lineage, what: `publication ${input.name}` });
}

function statements(input: PublicationInput, comment: string): readonly string[] {
  return input.change === 'create'
    ? publicationStatements(input.way, input.name, input.tables, comment)
    : dropFromPublication(input.name, input.tables);
}
