import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import { relationKey } from '../postgres/relation-key.js';
import type { Relation } from '../replication/statements.js';
import type { TablesInput } from './tables.js';

/** Names that go round, and schemas, in an order in which each is free. */
export function tableStatements({ renamed, stale, remade, columns, newSchemas }: TablesInput): readonly string[] {
  const altered = renamed.filter(({ alter }) => alter);
  const taken = new Set(altered.map(({ from }) => relationKey(from)));
  // Names that go round need a step in between, and a schema in between where what moves along has names that go round
  // too.
  const circular = altered.filter(
    ({ from, to }) => taken.has(relationKey(to)) || (moves(from, to) && from.name !== to.name),
  );
  const between = ({ from, to, oid }: Renamed): Relation => {
    const own = `pgm_renamed_${oid}`;
    return moves(from, to) ? { schema: own, name: from.name } : { schema: from.schema, name: own };
  };
  const schemas = circular.filter(({ from, to }) => moves(from, to)).map(each => quoteIdentifier(between(each).schema));
  return [
    ...[...stale, ...remade].map(table => `drop table ${qualifiedName(table)}`),
    ...newSchemas.map(name => `create schema if not exists ${quoteIdentifier(name)}`),
    ...schemas.map(name => `create schema ${name}`),
    ...circular.flatMap(each => rename(each.from, between(each))),
    ...altered.flatMap(each => rename(circular.includes(each) ? between(each) : each.from, each.to)),
    ...schemas.map(name => `drop schema ${name}`),
    ...columns.map(
      ({ from, to, ...table }) =>
        `alter table ${qualifiedName(table)} rename column ${quoteIdentifier(from)} to ${quoteIdentifier(to)}`,
    ),
  ];
}

type Renamed = TablesInput['renamed'][number];

function moves(from: Relation, to: Relation): boolean {
  return from.schema !== to.schema;
}

/** Renamed where it is first: in a schema in between nothing else has the name. */
function rename(from: Relation, to: Relation): readonly string[] {
  const renamed = { schema: from.schema, name: to.name };
  return [
    ...(from.name === to.name ? [] : [`alter table ${qualifiedName(from)} rename to ${quoteIdentifier(to.name)}`]),
    ...(moves(from, to) ? [`alter table ${qualifiedName(renamed)} set schema ${quoteIdentifier(to.schema)}`] : []),
  ];
}
