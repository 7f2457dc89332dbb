import type { Definition, DefinitionDifference } from '../inspect/definitions/definition.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import type { ColumnFate } from './column-fates.js';
import type { Followed } from './follow-definitions.js';

/**
 * A column that was added, dropped, renamed, or is defined otherwise. No value is invented: rows that were there get
 * what the source noted for them (`attmissingval`), and where nothing tells what they have, the table comes again.
 * Null: left to people.
 */
export function followColumn(
  { source, target, of }: DefinitionDifference,
  all: readonly DefinitionDifference[],
  fate: ColumnFate,
): readonly Followed[] | null {
  // With the table.
  if (fate.kind === 'again') return [];
  if (source === null) {
    if (target === null) return null;
    const { key } = columnOf(target);
    if (fate.kind === 'unknown') return isRenamed(of, all, 'source') ? null : dropped(target);
    if (fate.renamed.some(({ from }) => from === key)) return [];
    // One that never came from the source is somebody's on the target.
    return fate.copied.has(key) ? dropped(target) : null;
  }
  if (target === null) {
    if (fate.kind === 'unknown') return isRenamed(of, all, 'target') ? null : added(source, null);
    return fate.renamed.some(({ to }) => to === columnOf(source).key) ? [] : added(source, fate);
  }
  return changed(source, target, fate, all);
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

/**
 * Until all that was written before is applied, rows that lack the column get by its default what they have on the
 * source; what the default is by now comes after them.
 */
function added(source: Definition, fate: Extract<ColumnFate, { kind: 'known' }> | null): readonly Followed[] | null {
  const column = columnOf(source);
  const { table, name, key, type, collation, generated, identity, isChild, notNull, hasMissing } = column;
  // It comes with the parent's.
  if (isChild) return [];
  if (identity !== null) return null;
  const what = `${type}${collation === null ? '' : ` collate ${collation}`}`;
  if (generated !== null)
    return [
      now(
        `alter table ${table} add column if not exists ${name} ${what} generated ` +
          `always as (${column.expression ?? ''}) ${generated}`,
      ),
    ];
  const missing = fate === null ? column.missing : (fate.missing.get(key) ?? null);
  if (fate === null && hasMissing && missing === null) return null;
  // A default, and nothing noted for the rows that were there: they have values of their own, or none.
  if (fate === null && column.default !== null && !hasMissing) return null;
  const initially = missing === null ? null : `${quoteLiteral(missing).trim()}::${type}`;
  return [
    now(
      `alter table ${table} add column if not ` +
        `exists ${name} ${what}${initially === null ? '' : ` default ${initially}`}`,
    ),
    ...(missing === null && column.default === null ? [] : [later(defaultOf(column))]),
    ...(notNull ? [later(`alter table ${table} alter column ${name} set not null`)] : []),
    ...sameDetails(column, null),
  ];
}

/** Rows that are on their way may have it still, later ones have not. */
function dropped(target: Definition): readonly Followed[] {
  const { table, name, notNull, isChild, identity } = columnOf(target);
  if (isChild) return [];
  return [
    ...(notNull && identity === null ? [now(`alter table ${table} alter column ${name} drop not null`)] : []),
    { ...later(`alter table ${table} drop column if exists ${name}`), destroys: true },
  ];
}

function changed(
  source: Definition,
  target: Definition,
  fate: ColumnFate,
  all: readonly DefinitionDifference[],
): readonly Followed[] | null {
  const [wish, state] = [columnOf(source), columnOf(target)];
  if (wish.generated !== state.generated || wish.expression !== state.expression) return null;
  const alter = `alter table ${wish.table} alter column ${wish.name}`;
  const isRetyped = wish.type !== state.type || wish.collation !== state.collation;
  if (isRetyped && fate.kind !== 'known') return null;
  const isNewlyIdentity = wish.identity !== null && state.identity === null;
  // The source has kept its rows as they were: so does the same change here.
  const retyped =
    isRetyped && !wish.isChild
      ? [now(`${alter} type ${wish.type}${wish.collation === null ? '' : ` collate ${wish.collation}`}`)]
      : [];
  return [
    ...retyped,
    ...(wish.default === state.default || wish.generated !== null ? [] : [later(defaultOf(wish))]),
    ...(wish.notNull === state.notNull
      ? []
      : wish.notNull
        ? [later(`${alter} set not null`)]
        : state.identity !== null && wish.identity === null
          ? []
          : [now(`${alter} drop not null`)]),
    ...(state.identity !== null && wish.identity === null
      ? [
          later(`${alter} drop identity if exists`),
          ...(wish.notNull === state.notNull ? [] : [later(`${alter} drop not null`)]),
        ]
      : []),
    ...(isNewlyIdentity
      ? [later(`${alter} add generated ${wish.identity} as identity${sequenceOf(source.identity, all)}`)]
      : []),
    ...(wish.identity !== null && state.identity !== null && wish.identity !== state.identity
      ? [later(`${alter} set generated ${wish.identity}`)]
      : []),
    ...sameDetails(wish, state),
  ];
}

/** An identity's sequence comes with it, under the source's name and with its options; the type is the column's. */
function sequenceOf(column: string, all: readonly DefinitionDifference[]): string {
  const found = all.find(
    ({ kind, source, target }) => kind === 'sequence' && target === null && source?.parts?.['of column'] === column,
  )?.source;
  if (found === null || found === undefined) return '';
  const options = found.definition.replace(/^as \S+ /, '').replace(/ owned by .*$/su, '');
  return ` (sequence name ${found.identity} ${options})`;
}

/** How values are stored, and what ANALYZE is told; `state` null: the column is new. */
export function sameDetails(wish: Column, state: Column | null): readonly Followed[] {
  const alter = `alter table ${wish.table} alter column ${wish.name}`;
  const options = (column: Column | null): string => (column?.options ?? []).join(', ');
  const gone = (state?.options ?? [])
    .map(option => option.split('=')[0] ?? '')
    .filter(name => !(wish.options ?? []).some(option => option.startsWith(`${name}=`)));
  return [
    ...(wish.storage === state?.storage || (state === null && wish.storage === wish.ownStorage)
      ? []
      : [later(`${alter} set storage ${wish.storage ?? 'default'}`)]),
    ...(wish.compression === (state?.compression ?? null)
      ? []
      : [later(`${alter} set ${wish.compression ?? 'compression default'}`)]),
    ...(wish.target === (state?.target ?? null) ? [] : [later(`${alter} set statistics ${wish.target ?? -1}`)]),
    ...(options(wish) === options(state) || options(wish) === '' ? [] : [later(`${alter} set (${options(wish)})`)]),
    ...(gone.length === 0 ? [] : [later(`${alter} reset (${gone.join(', ')})`)]),
  ];
}

export interface Column {
  readonly table: string;
  readonly name: string;
  /** As the catalog has it, unquoted. */
  readonly key: string;
  readonly type: string;
  readonly collation: string | null;
  readonly notNull: boolean;
  readonly default: string | null;
  readonly generated: string | null;
  readonly expression: string | null;
  readonly identity: string | null;
  readonly isChild: boolean;
  readonly missing: string | null;
  readonly hasMissing: boolean;
  readonly storage: string | null;
  /** Of the type. */
  readonly ownStorage: string | null;
  readonly compression: string | null;
  readonly target: number | null;
  readonly options: readonly string[] | null;
}

export function columnOf({ parts }: Definition): Column {
  const text = (part: string): string | null => {
    const found = parts?.[part];
    return typeof found === 'string' ? found : null;
  };
  const is = (part: string): boolean => parts?.[part] === true;
  const [, , key = ''] = (parts?.['key'] ?? []) as readonly string[];
  return {
    table: text('table') ?? '',
    name: text('name') ?? '',
    key,
    type: text('type') ?? '',
    collation: text('collation'),
    notNull: is('notNull'),
    default: text('default'),
    generated: text('generated'),
    expression: text('expression'),
    identity: text('identity'),
    isChild: is('child'),
    missing: text('missing'),
    hasMissing: is('hasMissing'),
    storage: text('storage'),
    ownStorage: text('own storage'),
    compression: text('compression'),
    target: typeof parts?.['target'] === 'number' ? parts['target'] : null,
    options: (parts?.['options'] ?? null) as readonly string[] | null,
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
