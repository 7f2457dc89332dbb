import { shownName } from '../postgres/relation-key.js';
import { qualifiedName, qualifiedNameInText } from '../postgres/identifiers.js';
import { readIdentity } from './identity-before.js';
import type { StepKind } from './step-kind.js';

export interface ReplicaIdentityInput {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
}

/** Before the table is published: else its UPDATEs and DELETEs fail on the source from that moment [measured]. */
export const replicaIdentity: StepKind<ReplicaIdentityInput> = {
  kind: 'replica-identity',

  describe: input => ({
    title: `give ${shownName(input)} the identity FULL (it has no key)`,
    action: 'update',
    server: 'source',
    database: input.database,
    object: shownName(input),
    statements: [`alter table ${qualifiedName(input)} replica identity full;`],
    reversible: true,
    impact: { locks: ['ACCESS EXCLUSIVE on the table, for a moment'] },
  }),

  async run(context, { database, schema, name }) {
    const table = { schema, name };
    const before = await context.withSource(database, source => readIdentity(source, qualifiedNameInText(table)));
    // Before the change, so that what was there is known whenever this ends. The target gets FULL with the definitions.
    if (before !== null && before.kind !== 'full')
      for (const server of ['source', 'target'] as const)
        await context.state.recordSetting({ kind: 'replica-identity', server, database, schema, table: name, before });
    await context.withSource(database, source =>
      source.transaction(async () => {
        await source.execute("set local lock_timeout = '5s'");
        await source.execute(`alter table ${qualifiedName(table)} replica identity full`);
      }),
    );
    return {};
  },
};
