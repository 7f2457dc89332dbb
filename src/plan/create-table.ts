import type { Definition, DefinitionDifference } from '../inspect/definitions/definition.js';
import { columnOf, sameDetails, type Column } from './follow-columns.js';
import { followDefinition, type Followed } from './follow-definitions.js';

/** What makes a table as another server defines it. */
export interface TableStatements {
  /** Before its rows come. */
  readonly before: readonly string[];
  /** Once they are there. */
  readonly after: readonly Followed[];
}

/**
 * Pure: from the definitions of a table and of all that belongs to it; null: not a table that is made so (a foreign
 * one).
 * @param superuser owners and privileges are given by a superuser alone
 */
export function createTable(
  table: Definition,
  members: readonly Definition[],
  superuser: boolean,
): TableStatements | null {
  const part = (name: string): string | null => textOf(table, name);
  const kind = part('relkind');
  if (kind !== 'r' && kind !== 'p') return null;
  const columns = members
    .filter(each => each.kind === 'column')
    .sort((a, b) => Number(a.parts?.['number']) - Number(b.parts?.['number']))
    .map(definition => ({ definition, column: columnOf(definition) }));
  const sequences = members.filter(each => each.kind === 'sequence' && each.parts?.['identity'] !== true);
  const isPartition = table.parts?.['partition'] === true;
  const create = [
    `create ${part('persistence') === 'u' ? 'unlogged ' : ''}table ${table.identity}`,
    isPartition
      ? `partition of ${part('parents') ?? ''} ${part('bound') ?? ''}`
      : `(${columns
          .filter(({ column }) => !column.isChild)
          .map(({ definition, column }) => columnText(definition, column, members))
          .join(', ')})`,
    ...(part('parents') === null || isPartition ? [] : [`inherits (${part('parents') ?? ''})`]),
    ...(part('key') === null ? [] : [`partition by ${part('key') ?? ''}`]),
    ...(part('options') === null ? [] : [`with (${part('options') ?? ''})`]),
  ].join(' ');
  const constraints = members.filter(each => each.kind === 'constraint');
  const isForeign = ({ parts }: Definition): boolean => parts?.['type'] === 'f';
  const identity = { f: 'full', n: 'nothing', i: `using index ${part('identity index') ?? ''}` }[
    part('replica identity') ?? ''
  ];
  const rest = members.filter(
    each =>
      !['column', 'sequence', 'constraint'].includes(each.kind) &&
      (superuser || (each.kind !== 'owner' && each.kind !== 'privilege')),
  );
  return {
    before: [
      ...sequences.map(
        ({ identity: name, definition }) =>
          `create sequence if not exists ${name} ${definition.split(' owned by ')[0] ?? ''}`,
      ),
      create,
      ...constraints.filter(each => !isForeign(each)).map(constraintText),
      ...sequences.map(
        ({ identity: name, definition }) =>
          `alter sequence ${name} owned by ${definition.split(' owned by ')[1] ?? 'none'}`,
      ),
    ],
    after: [
      ...columns.filter(({ column }) => !column.isChild).flatMap(({ column }) => sameDetails(column, null)),
      ...rest
        .filter(each => each.kind === 'index')
        .flatMap(each => statementsOf(each).filter(({ statement }) => !statement.startsWith('drop '))),
      ...constraints.filter(isForeign).map(each => later(constraintText(each))),
      ...rest.filter(each => each.kind !== 'index').flatMap(statementsOf),
      ...(table.parts?.['rowSecurity'] === true
        ? [later(`alter table ${table.identity} enable row level security`)]
        : []),
      ...(table.parts?.['forced'] === true ? [later(`alter table ${table.identity} force row level security`)] : []),
      ...(identity === undefined ? [] : [later(`alter table ${table.identity} replica identity ${identity}`)]),
    ],
  };
}

function statementsOf(definition: Definition): readonly Followed[] {
  const { kind, identity, of } = definition;
  const difference: DefinitionDifference = { kind, identity, of, source: definition, target: null };
  return followDefinition(difference, [difference]) ?? [];
}

function columnText({ identity }: Definition, column: Column, members: readonly Definition[]): string {
  const { name, type, collation, notNull, generated, expression, identity: numbered } = column;
  const sequence = members.find(
    each => each.kind === 'sequence' && each.parts?.['identity'] === true && each.parts['of column'] === identity,
  );
  const options = sequence?.definition.replace(/^as \S+ /, '').replace(/ owned by .*$/su, '');
  return [
    `${name} ${type}`,
    ...(collation === null ? [] : [`collate ${collation}`]),
    ...(generated === null ? [] : [`generated always as (${expression ?? ''}) ${generated}`]),
    ...(column.default === null ? [] : [`default ${column.default}`]),
    ...(numbered === null
      ? []
      : [
          `generated ${numbered} as identity` +
            (sequence === undefined ? '' : ` (sequence name ${sequence.identity} ${options ?? ''})`),
        ]),
    ...(notNull ? ['not null'] : []),
  ].join(' ');
}

function constraintText(definition: Definition): string {
  return `alter table ${textOf(definition, 'table') ?? ''} add constraint ${textOf(definition, 'name') ?? ''} ${definition.definition}`;
}

function later(statement: string): Followed {
  return { when: 'caught up', statement };
}

function textOf({ parts }: Definition, name: string): string | null {
  const found = parts?.[name];
  return typeof found === 'string' ? found : null;
}
