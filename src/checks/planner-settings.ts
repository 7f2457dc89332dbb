import { plannerNames } from '../inspect/application-setting-names.js';
import { withUnit } from '../inspect/base-unit.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';
import { sessionSetting } from './given-settings.js';
import { handoverOf, type Handover } from './handover.js';

export const plannerSettings: Check = {
  code: 'PGM704',
  slug: 'planner-settings',
  title: 'Planner settings on both servers',
  scope: 'any',
  why:
    'work_mem, random_page_cost, jit and their like change no result, but plans and memory: the same query can ' +
    'take many times as long. Another machine may well want other values, so this is a note.',
  decided:
    'Settings of memory, costs, parallel query, JIT and plans of each database in scope: its own, else that of ' +
    "all roles, else the server's. Where neither side says anything, what PostgreSQL changed between two " +
    'versions is not reported.',
  remedy: 'alter database D set NAME to VALUE; on the target, for those that are not meant to differ.',
  run: input => {
    const handover = handoverOf(input);
    if (handover === null) return [];
    const differing = new Map<string, { readonly each: readonly Differing[]; readonly databases: string[] }>();
    for (const { name } of input.facts.databases) {
      const each = differingIn(handover, name);
      const key = JSON.stringify(each);
      if (each.length > 0) differing.set(key, { each, databases: [...(differing.get(key)?.databases ?? []), name] });
    }
    return [...differing.values()].map(found => seenOf(handover, found));
  },
};

interface Differing {
  readonly name: string;
  readonly was: string;
  readonly is: string;
}

function differingIn({ leader, follower }: Handover, database: string): readonly Differing[] {
  return plannerNames.flatMap(name => {
    const [was, is] = [sessionSetting(leader, database, name), sessionSetting(follower, database, name)];
    if (was === null || is === null || was.value === is.value || (was.isDefault && is.isDefault)) return [];
    return [{ name, was: withUnit(was.value, was.unit), is: withUnit(is.value, is.unit) }];
  });
}

function seenOf(
  { to, from }: Handover,
  { each, databases }: { readonly each: readonly Differing[]; readonly databases: readonly string[] },
): Seen {
  const [database] = databases;
  const single = databases.length === 1 && database !== undefined;
  const where = single ? '' : ` (in ${databases.length} databases)`;
  return {
    severity: 'info',
    server: to,
    ...(single ? { database } : {}),
    object: each.map(({ name }) => name).join(', '),
    message: `planner settings differ from those on the ${from}${where}: ${each
      .map(({ name, was, is }) => `${name} ${is} (${was})`)
      .join(', ')}`,
    current: each.map(({ name, is }) => `${name} = ${is}`).join(', '),
    required: null,
    remedy: databases
      .slice(0, 1)
      .flatMap(name =>
        each.map(
          ({ name: setting, was }) =>
            `alter database ${quoteIdentifier(name)} set ${setting} to ` +
            `${quoteLiteral(was.replaceAll(' ', '')).trim()};   -- on the ${to}`,
        ),
      )
      .join('\n'),
  };
}
