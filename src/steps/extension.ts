import { quoteIdentifier } from '../postgres/identifiers.js';
import type { StepKind } from './step-kind.js';

export interface ExtensionInput {
  readonly server: 'source' | 'target';
  readonly database: string;
  readonly name: string;
}

function createExtension(name: string): string {
  return `create extension if not exists ${quoteIdentifier(name)} cascade`;
}

/** An extension that pgm needs for its own work where the role is no superuser (aiven_extras). */
export const extension: StepKind<ExtensionInput> = {
  kind: 'extension',

  describe: ({ server, database, name }) => ({
    title: `create the extension ${name}`,
    action: 'create',
    server,
    database,
    object: name,
    statements: [`${createExtension(name)};`],
    reversible: false,
  }),

  async run(context, { server, database, name }) {
    const open = server === 'source' ? context.withSource.bind(context) : context.withTarget.bind(context);
    await open(database, connection => connection.execute(createExtension(name)));
    return {};
  },
};
