import { describe, expect, it } from 'vitest';
import { tablesAltered } from '../../src/checks/drift-tables.js';
import type { DefinitionDifference } from '../../src/inspect/definitions/definition.js';
import type { DatabaseFacts, TableFacts } from '../../src/inspect/facts.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { buildPublication, buildSlot, buildSpec, buildSubscription, lane } from '../plan/build-facts.js';
import { someContents, someFacts, someServer, someTable } from './some-facts.js';

const column = (name: string): TableFacts['columns'][number] =>
  ({ name, type: 'integer' }) as TableFacts['columns'][number];

/** A column of public.t that only the source has. */
const added: DefinitionDifference = {
  kind: 'column',
  identity: 'public.t.more',
  of: 'table public.t',
  source: {
    kind: 'column',
    identity: 'public.t.more',
    definition: 'integer',
    of: 'table public.t',
    parts: { key: ['public', 't', 'more'], name: 'more', relation: 'public.t', type: 'integer', number: 2 },
  },
  target: null,
};

function remedies(changes: string, definitions: DatabaseFacts['definitions']): readonly (string | undefined | null)[] {
  const [source, target] = [
    someServer({ slots: [buildSlot(1)] }),
    someServer({ subscriptions: [buildSubscription(1)] }),
  ];
  const database: DatabaseFacts = {
    name: 'app',
    oid: '16384',
    source: someContents({
      tables: [someTable({ columns: [column('id'), column('more')] })],
      publications: [buildPublication(1, ['t'])],
    }),
    target: someContents({
      tables: [someTable({ columns: [column('id')] })],
      subscribedTables: { [lane(1)]: [{ schema: 'public', name: 't' }] },
    }),
    definitions,
    foreseen: null,
  };
  return tablesAltered
    .run({
      spec: buildSpec('method: continuous', 'goal: synced', `schema_changes: ${changes}`),
      facts: someFacts({ databases: [database] }),
      source,
      target,
      continuous: true,
      failback: true,
      lockfile: { reached: 'synced', stopped: false, steps: {} } as unknown as Lockfile,
    })
    .map(({ remedy }) => remedy);
}

const compared: DatabaseFacts['definitions'] = { kind: 'compared', histories: null, differences: [added] };
const byHand = expect.stringContaining('alter table "public"."t" add column "more" integer;') as string;

describe('PGM606: who makes the columns the same', () => {
  it.each([
    ['ask', compared, 'pgm apply'],
    ['follow', compared, 'pgm apply'],
    ['block', compared, byHand],
    ['ask', null, byHand],
  ] as const)('schema_changes: %s', (changes, definitions, remedy) => {
    expect(remedies(changes, definitions)).toEqual([remedy]);
  });
});
