import type { Definition, DefinitionDifference } from '../inspect/definitions/definition.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import { renamedKey, type ColumnFate } from './column-fates.js';
import { followColumn } from './follow-columns.js';

/** One statement of the target, and when it is due. */
export interface Followed {
  /** `now`: before the next row is applied. `caught up`: once the target has applied all that was written before. */
  readonly when: 'now' | 'caught up';
  readonly statement: string;
  /** It takes something away that may hold data. */
  readonly destroys?: true;
  /** It cannot run inside a transaction. */
  readonly alone?: true;
}

/**
 * Pure: what makes the target's definition that of the source; null: not done by itself, since a value or an object of
 * somebody else's might be lost. Only what belongs to a table that was copied is taken away.
 * @param fate of the table that it belongs to
 */
export function followDefinition(
  difference: DefinitionDifference,
  all: readonly DefinitionDifference[],
  fate: ColumnFate = { kind: 'unknown' },
): readonly Followed[] | null {
  const { kind, identity, source, target } = difference;
  if (kind === 'column') return followColumn(difference, all, fate);
  const key = renamedKey(difference, all);
  if (key !== null) return source === null ? [] : renameOfKey(source, key);
  if (source === null) return target === null || !ofTable(target) ? null : removed(target);
  switch (kind) {
    case 'schema':
      return [now(`create schema if not exists ${identity}`)];
    case 'extension':
      return target === null ? [now(`create extension if not exists ${identity} with ${source.definition}`)] : null;
    case 'type':
      return type(source, target);
    case 'sequence':
      return sequence(source, target);
    case 'function': {
      const create = text(source, 'create');
      return create === null ? null : [later(create)];
    }
    case 'constraint':
      return constraint(source, target);
    case 'index':
      return index(source, target);
    case 'view':
      return view(source, target);
    case 'rule':
      return source.parts?.['plain'] === true
        ? [later((text(source, 'create') ?? '').replace(/^CREATE RULE/, 'CREATE OR REPLACE RULE'))]
        : null;
    case 'trigger':
      return trigger(source, target);
    case 'policy':
      return [
        ...(target === null ? [] : (removed(target) ?? [])),
        later(`create policy ${text(source, 'name') ?? ''} on ${text(source, 'relation') ?? ''} ${source.definition}`),
      ];
    case 'statistics':
      return [...(target === null ? [] : (removed(target) ?? [])), later(source.definition)];
    case 'table':
      return target === null ? null : table(source, target);
    case 'comment':
      return [later(`comment on ${text(source, 'on') ?? ''} is ${literal(source.definition)}`)];
    case 'owner':
      return [later(`alter ${text(source, 'on') ?? ''} owner to ${source.definition}`)];
    case 'privilege':
      return privilege(source);
    case 'default privilege':
    case 'event trigger':
    case 'other':
      return null;
  }
}

function type(source: Definition, target: Definition | null): readonly Followed[] | null {
  const { identity, definition } = source;
  if (target !== null) return labels(source, target);
  if (definition.startsWith('enum (')) return [now(`create type ${identity} as ${definition}`)];
  if (definition.startsWith('domain '))
    return [now(`create domain ${identity} as ${definition.slice('domain '.length)}`)];
  if (definition.startsWith('composite '))
    return [now(`create type ${identity} as ${definition.slice('composite '.length)}`)];
  return null;
}

/** Labels that came later, each after its neighbour; a row may have them at once. */
function labels(source: Definition, target: Definition): readonly Followed[] | null {
  const [wanted, there] = [source, target].map(each => (each.parts?.['labels'] ?? null) as readonly string[] | null);
  if (wanted === null || wanted === undefined || there === null || there === undefined) return null;
  const known = new Set(there);
  if (wanted.filter(label => known.has(label)).join('\n') !== there.join('\n')) return null;
  return wanted.flatMap((label, at): readonly Followed[] => {
    if (known.has(label)) return [];
    const before = wanted[at - 1];
    const next = wanted.slice(at).find(each => known.has(each));
    const place =
      before !== undefined ? ` after ${literal(before)}` : next !== undefined ? ` before ${literal(next)}` : '';
    return [
      {
        when: 'now',
        alone: true,
        statement: `alter type ${source.identity} add value if not exists ${literal(label)}${place}`,
      },
    ];
  });
}

function sequence({ identity, definition, parts }: Definition, target: Definition | null): readonly Followed[] | null {
  const [options, owner] = definition.split(' owned by ');
  if (target !== null)
    return [
      now(`alter sequence ${identity} ${options ?? ''}`),
      ...(parts?.['identity'] === true || owner === target.definition.split(' owned by ')[1]
        ? []
        : [later(`alter sequence ${identity} owned by ${owner ?? 'none'}`)]),
    ];
  // It comes with its column.
  if (parts?.['identity'] === true) return [];
  return [
    now(`create sequence if not exists ${identity} ${options ?? ''}`),
    ...(owner === undefined ? [] : [later(`alter sequence ${identity} owned by ${owner}`)]),
  ];
}

/** A row that is still on its way may violate a new one, and must not meet one that is gone. */
function constraint(source: Definition, target: Definition | null): readonly Followed[] | null {
  if (source.parts?.['type'] === 'p') return null;
  const drop = target === null ? [] : removed(target);
  if (drop === null) return null;
  const owner = text(source, 'table');
  const whole = owner === null ? `domain ${text(source, 'domain') ?? ''}` : `table ${owner}`;
  return [...drop, later(`alter ${whole} add constraint ${text(source, 'name') ?? ''} ${source.definition}`)];
}

function renameOfKey({ parts }: Definition, { target }: DefinitionDifference): readonly Followed[] {
  const [table, to] = [parts?.['table'], parts?.['name']].map(String);
  return [later(`alter table ${table ?? ''} rename constraint ${String(target?.parts?.['name'])} to ${to ?? ''}`)];
}

function index(source: Definition, target: Definition | null): readonly Followed[] | null {
  const create = text(source, 'create') ?? '';
  if (target !== null && text(target, 'create') === create) return null;
  const drop = target === null ? [] : (removed(target) ?? []);
  if (source.parts?.['partitioned'] === true) return [...drop, later(create)];
  return [
    ...drop,
    {
      when: 'caught up',
      alone: true,
      statement: create.replace(
        /^CREATE (UNIQUE )?INDEX /,
        (_, unique?: string) => `CREATE ${unique ?? ''}INDEX CONCURRENTLY IF NOT EXISTS `,
      ),
    },
  ];
}

function view(source: Definition, target: Definition | null): readonly Followed[] | null {
  const options = text(source, 'options');
  const query = text(source, 'query') ?? '';
  const words = options === null ? '' : ` with (${options})`;
  if (source.parts?.['materialized'] === true)
    return target === null ? [later(`create materialized view ${source.identity}${words} as ${query}`)] : null;
  const columns = (each: Definition): readonly string[] => (each.parts?.['columns'] ?? []) as readonly string[];
  const replaces = target === null || columns(target).every((column, at) => columns(source)[at] === column);
  return [
    ...(replaces ? [] : [later(`drop view ${source.identity}`)]),
    later(`create or replace view ${source.identity}${words} as ${query}`),
  ];
}

function trigger(source: Definition, target: Definition | null): readonly Followed[] {
  const [create, relation, name] = ['create', 'relation', 'name'].map(part => text(source, part) ?? '');
  const enabled = { D: 'disable', R: 'enable replica', A: 'enable always', O: 'enable' }[
    text(source, 'enabled') ?? 'O'
  ];
  const isSame = target !== null && text(target, 'create') === create;
  return [
    ...(isSame ? [] : [...(target === null ? [] : (removed(target) ?? [])), later(create ?? '')]),
    ...(isSame || enabled !== 'enable'
      ? [later(`alter table ${relation ?? ''} ${enabled ?? 'enable'} trigger ${name ?? ''}`)]
      : []),
  ];
}

/** Row security alone: what else a table is, cannot be changed in place without a doubt. */
function table(source: Definition, target: Definition): readonly Followed[] | null {
  const plain = ({ definition }: Definition): string =>
    definition.replace(/ row level security/, '').replace(/ forced/, '');
  if (plain(source) !== plain(target)) return null;
  const wants = (part: string): boolean => source.parts?.[part] === true;
  return [
    later(`alter table ${source.identity} ${wants('rowSecurity') ? 'enable' : 'disable'} row level security`),
    later(`alter table ${source.identity} ${wants('forced') ? 'force' : 'no force'} row level security`),
  ];
}

function privilege(source: Definition): readonly Followed[] | null {
  const [on, column, grantee] = ['on', 'column', 'grantee'].map(part => text(source, part));
  if (on === null || on === undefined || grantee === 'its owner' || source.definition.includes('grant option'))
    return null;
  const relation = column === null || column === undefined ? on : on.slice(0, -(column.length + 1));
  const columns = column === null || column === undefined ? '' : ` (${column})`;
  const list = ((source.parts?.['privileges'] ?? []) as readonly string[]).map(
    each => `${each.toLowerCase()}${columns}`,
  );
  return [
    later(`revoke all${columns} on ${relation} from ${grantee ?? ''}`),
    later(`grant ${list.join(', ')} on ${relation} to ${grantee ?? ''}`),
  ];
}

/** Of a table that was copied, so that it came with it; null: it is left. */
function removed(target: Definition): readonly Followed[] | null {
  const { kind, identity } = target;
  switch (kind) {
    case 'constraint': {
      const owner = text(target, 'table');
      if (target.parts?.['type'] === 'p' || owner === null) return null;
      return [now(`alter table ${owner} drop constraint if exists ${text(target, 'name') ?? ''}`)];
    }
    case 'index':
      return [now(`drop index if exists ${identity}`)];
    case 'trigger':
    case 'rule':
    case 'policy':
      return [now(`drop ${kind} if exists ${text(target, 'name') ?? ''} on ${text(target, 'relation') ?? ''}`)];
    case 'statistics':
      return [now(`drop statistics if exists ${identity}`)];
    case 'comment':
      return [later(`comment on ${text(target, 'on') ?? ''} is null`)];
    case 'privilege': {
      const [on, column, grantee] = ['on', 'column', 'grantee'].map(part => text(target, part));
      if (column !== null || on === null || on === undefined || grantee === 'its owner') return null;
      return [later(`revoke all on ${on} from ${grantee ?? ''}`)];
    }
    default:
      return null;
  }
}

function ofTable({ of }: Definition): boolean {
  return of?.startsWith('table ') === true || of?.startsWith('column ') === true;
}

function now(statement: string): Followed {
  return { when: 'now', statement };
}

function later(statement: string): Followed {
  return { when: 'caught up', statement };
}

function text(definition: Definition, part: string): string | null {
  const found = definition.parts?.[part];
  return typeof found === 'string' ? found : null;
}

function literal(value: string): string {
  return quoteLiteral(value).trim();
}
