import { stagesOf } from '../../src/state/stages.js';
import { describe, expect, it } from 'vitest';
import { partitionLayout } from '../../src/checks/target-definitions.js';
import type { Spec } from '../../src/spec/spec.js';
import { someDatabase, someFacts, someServer, someTable } from './some-facts.js';

const parent = someTable({ name: 'event', kind: 'p', partitionKey: 'RANGE (at)' });
const partition = someTable({
  name: 'event_1',
  isPartition: true,
  partitionOf: { schema: 'public', name: 'event' },
  partitionBound: 'FOR VALUES FROM (1) TO (2)',
});
const notAttached = someTable({ name: 'event_1' });

function findings(stages: readonly string[] | null): number {
  const progress = stages === null ? null : { parts: [], stages: stagesOf(stages), lastSwitch: null };
  const facts = someFacts({
    databases: [someDatabase({ tables: [parent, partition] }, { tables: [parent, notAttached], progress })],
  });
  return partitionLayout.run({
    spec: {} as Spec,
    facts,
    source: someServer(),
    target: someServer(),
    continuous: true,
    failback: false,
    lockfile: null,
  }).length;
}

describe('a partition that is made and not attached', () => {
  it.each([
    ['is found on a target that pgm has not begun', null, 1],
    ['is what a run leaves that was killed in the middle of the definitions', ['created'], 0],
    ['is found when the definitions are complete', ['created', 'schema'], 1],
  ])('%s', (_, stages, expected) => {
    expect(findings(stages)).toBe(expected);
  });
});
