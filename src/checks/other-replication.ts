import type { DatabaseFacts } from '../inspect/facts.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import type { Check, CheckInput, Seen } from './check.js';
import { isOurs } from './check.js';
import { psql } from './command-lines.js';

export const otherReplication: Check = {
  code: 'PGM216',
  slug: 'other-replication',
  title: 'Other replication that ends at the cutover',
  scope: 'any',
  why:
    'Who follows a database by a logical slot (a subscriber, a change data capture) follows ' +
    'the source: after the cutover no further changes come there. And what a subscription of ' +
    'the source replicates goes on arriving on the source alone.',
  decided: "Logical slots in the databases in scope and subscriptions of the source that are not this migration's.",
  remedy:
    'Before the cutover make a slot on the target for who follows, and let it go on from there; after ' +
    'it, enable the subscription on the target and disable it on the source.',
  run: input => input.facts.databases.flatMap(database => [...followers(input, database), ...feeds(input, database)]),
};

function followers({ source, target, spec }: CheckInput, { name: database }: DatabaseFacts): Seen[] {
  return (source?.slots ?? [])
    .filter(
      slot =>
        slot.database === database &&
        slot.plugin !== null &&
        !slot.temporary &&
        !isOurs(slot.name, spec.name) &&
        slot.walStatus !== 'lost',
    )
    .map(({ name, plugin, active }): Seen => {
      const make =
        'select ' +
        `pg_create_logical_replication_slot(${quoteLiteral(name).trim()}, ${quoteLiteral(plugin ?? 'pgoutput').trim()})`;
      const remedy =
        target === null
          ? otherReplication.remedy
          : '# at the cutover, before applications write on the ' +
            `target:\n${psql(spec, 'target', target, database, make)}`;
      return {
        severity: 'warning',
        server: 'source',
        database,
        object: name,
        message:
          `slot ${name} (${plugin ?? ''}) follows ` +
          `database ${database}${active ? '' : ', though nobody reads it now'}: it ends at the cutover`,
        current: active ? 'active' : 'inactive',
        remedy,
      };
    });
}

function feeds({ source, spec }: CheckInput, { name: database }: DatabaseFacts): Seen[] {
  return (source?.subscriptions ?? [])
    .filter(each => each.database === database && each.enabled && !isOurs(each.name, spec.name))
    .map(({ name }): Seen => ({
      severity: 'warning',
      server: 'source',
      database,
      object: name,
      message:
        `subscription ${name} feeds database ${database}: after the cutover ` +
        'its rows would go on arriving on the source',
      current: 'enabled',
      remedy:
        `alter subscription ${quoteIdentifier(name)} disable;   -- on the ` +
        'source at the cutover, then enable it on the target',
    }));
}
