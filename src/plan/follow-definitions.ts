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
        ? [later(part(source, 'create').replace(/^CREATE RULE/, 'CREATE OR REPLACE RULE'))]
        : null;
    case 'trigger':
      return trigger(source, target);
    case 'policy':
      return [
        ...(target === null ? [] : (removed(target) ?? [])),
        later(`create policy ${part(source, 'name')} on ${part(source, 'relation')} ${source.definition}`),
      ];
    case 'statistics':
      return [...(target === null ? [] : (removed(target) ?? [])), later(source.definition)];
    case 'table':
      return target === null ? null : table(source, target);
    case 'comment':
      return [later(`comment on ${part(source, 'on')} is ${literal(source.definition)}`)];
    case 'owner':
      return [later(`alter ${part(source, 'on')} owner to ${source.definition}`)];
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
  const [wanted, there] = [list(source, 'labels'), list(target, 'labels')];
  if (wanted === null || there === null) return null;
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
  const whole = owner === null ? `domain ${part(source, 'domain')}` : `table ${owner}`;
  return [...drop, later(`alter ${whole} add constraint ${part(source, 'name')} ${source.definition}`)];
}

function renameOfKey(source: Definition, { target }: DefinitionDifference): readonly Followed[] {
  const from = target === null ? '' : part(target, 'name');
  return [later(`alter table ${part(source, 'table')} rename constraint ${from} to ${part(source, 'name')}`)];
}

function index(source: Definition, target: Definition | null): readonly Followed[] | null {
  const create = part(source, 'create');
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
  const query = part(source, 'query');
  const words = options === null ? '' : ` with (${options})`;
  if (source.parts?.['materialized'] === true)
    return target === null ? [later(`create materialized view ${source.identity}${words} as ${query}`)] : null;
  const columns = list(source, 'columns');
  const replaces = target === null || list(target, 'columns')?.every((column, at) => columns?.[at] === column) === true;
  return [
    ...(replaces ? [] : [later(`drop view ${source.identity}`)]),
    later(`create or replace view ${source.identity}${words} as ${query}`),
  ];
}

/** By `pg_trigger.tgenabled`. */
const fires: Readonly<Record<string, string>> = { D: 'disable', R: 'enable replica', A: 'enable always' };

function trigger(source: Definition, target: Definition | null): readonly Followed[] {
  const [create, relation, name] = [part(source, 'create'), part(source, 'relation'), part(source, 'name')];
  const enabled = fires[part(source, 'enabled')] ?? 'enable';
  const isSame = target !== null && text(target, 'create') === create;
  return [
    ...(isSame ? [] : [...(target === null ? [] : (removed(target) ?? [])), later(create)]),
    ...(isSame || enabled !== 'enable' ? [later(`alter table ${relation} ${enabled} trigger ${name}`)] : []),
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
  const [on, column, grantee] = [text(source, 'on'), text(source, 'column'), part(source, 'grantee')];
  if (on === null || grantee === 'its owner' || source.definition.includes('grant option')) return null;
  const relation = column === null ? on : on.slice(0, -(column.length + 1));
  const columns = column === null ? '' : ` (${column})`;
  const given = list(source, 'privileges')?.map(each => `${each.toLowerCase()}${columns}`);
  return [
    later(`revoke all${columns} on ${relation} from ${grantee}`),
    later(`grant ${given?.join(', ') ?? ''} on ${relation} to ${grantee}`),
  ];
}

/** Of a table that was copied, so that it came with it; null: it is left. */
function removed(target: Definition): readonly Followed[] | null {
  const { kind, identity } = target;
  switch (kind) {
    case 'constraint': {
      const owner = text(target, 'table');
      if (target.parts?.['type'] === 'p' || owner === null) return null;
      return [now(`alter table ${owner} drop constraint if exists ${part(target, 'name')}`)];
    }
    case 'index':
      return [now(`drop index if exists ${identity}`)];
    case 'trigger':
    case 'rule':
    case 'policy':
      return [now(`drop ${kind} if exists ${part(target, 'name')} on ${part(target, 'relation')}`)];
    case 'statistics':
      return [now(`drop statistics if exists ${identity}`)];
    case 'comment':
      return [later(`comment on ${part(target, 'on')} is null`)];
    case 'privilege': {
      const [on, grantee] = [text(target, 'on'), part(target, 'grantee')];
      if (text(target, 'column') !== null || on === null || grantee === 'its owner') return null;
      return [later(`revoke all on ${on} from ${grantee}`)];
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

/** Of one that every definition of the kind has. */
function part(definition: Definition, name: string): string {
  return text(definition, name) ?? '';
}

function list({ parts }: Definition, name: string): readonly string[] | null {
  return (parts?.[name] ?? null) as readonly string[] | null;
}

function literal(value: string): string {
  return quoteLiteral(value).trim();
}
