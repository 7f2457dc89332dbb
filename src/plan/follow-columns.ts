import type { Definition, DefinitionDifference } from '../inspect/definitions/definition.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import type { Followed } from './follow-definitions.js';

/**
 * A column that was added, dropped, or has another default or NOT NULL. No value is invented: rows that were there get what
 * the source noted for them (`attmissingval`); null where they may have values of their own, or the column another type or name.
 */
export function followColumn(
  { source, target, of }: DefinitionDifference,
  all: readonly DefinitionDifference[],
): readonly Followed[] | null {
  if (source === null) return target === null || isRenamed(of, all, 'source') ? null : dropped(target);
  if (target === null) return isRenamed(of, all, 'target') ? null : added(source);
  return changed(source, target);
}

/** Columns of the table went and came: whether one is the other under a new name, nobody says. */
function isRenamed(of: string | null, all: readonly DefinitionDifference[], side: 'source' | 'target'): boolean {
  return all.some(
    each => each.kind === 'column' && each.of === of && each[side] !== null && each[otherOf(side)] === null,
  );
}

function otherOf(side: 'source' | 'target'): 'source' | 'target' {
  return side === 'source' ? 'target' : 'source';
}

function added(source: Definition): readonly Followed[] | null {
  const column = columnOf(source);
  const { table, name, type, collation, isGenerated, isIdentity, isChild, missing, hasMissing } = column;
  // It comes with the parent's.
  if (isChild) return [];
  if (isIdentity) return null;
  const what = `${type}${collation === null ? '' : ` collate ${collation}`}`;
  if (isGenerated)
    return [
      now(
        `alter table ${table} add column if not exists ${name} ${what} ${source.definition.slice(source.definition.indexOf('generated always as ('))}`,
      ),
    ];
  if (hasMissing && missing === null) return null;
  // A default, and nothing noted for the rows that were there: they have values of their own, or none.
  if (column.default !== null && !hasMissing) return null;
  return [
    now(
      `alter table ${table} add column if not exists ${name} ${what}${missing === null ? '' : ` default ${quoteLiteral(missing).trim()}::${type}`}`,
    ),
    ...(missing === null ? [] : [now(defaultOf(column))]),
    ...(column.notNull ? [later(`alter table ${table} alter column ${name} set not null`)] : []),
  ];
}

/** Rows that are on their way may have it still, later ones have not. */
function dropped(target: Definition): readonly Followed[] {
  const { table, name, notNull, isChild, isIdentity } = columnOf(target);
  if (isChild) return [];
  return [
    ...(notNull && !isIdentity ? [now(`alter table ${table} alter column ${name} drop not null`)] : []),
    { ...later(`alter table ${table} drop column if exists ${name}`), destroys: true },
  ];
}

function changed(source: Definition, target: Definition): readonly Followed[] | null {
  const [wish, state] = [columnOf(source), columnOf(target)];
  const rest = (definition: Definition, column: Column): string =>
    withoutDefault(definition.definition.replace(/ not null\b/, ''), column);
  if (wish.type !== state.type || wish.isGenerated || state.isGenerated || rest(source, wish) !== rest(target, state))
    return null;
  const alter = `alter table ${wish.table} alter column ${wish.name}`;
  return [
    ...(wish.default === state.default ? [] : [later(defaultOf(wish))]),
    ...(wish.notNull === state.notNull
      ? []
      : [wish.notNull ? later(`${alter} set not null`) : now(`${alter} drop not null`)]),
  ];
}

function withoutDefault(text: string, column: Column): string {
  return column.default === null ? text : text.replace(` default ${column.default}`, () => '');
}

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
  readonly notNull: boolean;
  readonly default: string | null;
  readonly isGenerated: boolean;
  readonly isIdentity: boolean;
  readonly isChild: boolean;
  readonly missing: string | null;
  readonly hasMissing: boolean;
}

function columnOf({ parts }: Definition): Column {
  const text = (part: string): string | null => {
    const found = parts?.[part];
    return typeof found === 'string' ? found : null;
  };
  const is = (part: string): boolean => parts?.[part] === true;
  return {
    table: text('table') ?? '',
    name: text('name') ?? '',
    type: text('type') ?? '',
    collation: text('collation'),
    notNull: is('notNull'),
    default: text('default'),
    isGenerated: is('generated'),
    isIdentity: is('identity'),
    isChild: is('child'),
    missing: text('missing'),
    hasMissing: is('hasMissing'),
  };
}

function defaultOf({ table, name, default: wanted }: Column): string {
  return `alter table ${table} alter column ${name} ${wanted === null ? 'drop default' : `set default ${wanted}`}`;
}

function now(statement: string): Followed {
  return { when: 'now', statement };
}

function later(statement: string): Followed {
  return { when: 'caught up', statement };
}
