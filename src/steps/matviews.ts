import { connectForCopy, keepTriggersOut, shortLockTry } from '../copy/session.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { qualifiedName } from '../postgres/identifiers.js';
import { shownName } from '../postgres/relation-key.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { mayPass } from '../postgres/sqlstate.js';
import type { Relation } from '../replication/statements.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export interface MatviewsInput {
  readonly database: string;
  /** Populated on the source. */
  readonly views: readonly { readonly schema: string; readonly name: string }[];
}

/** In dependency order: a materialized view after those it reads, directly or through views. */
const orderSql = `
with recursive edges as (
  select distinct r.ev_class as view, d.refobjid as reads
  from pg_rewrite r
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
    and d.refobjid <> r.ev_class
), depth as (
  select c.oid, 0 as level
  from pg_class c
  where c.relkind = 'm'
  union
  select e.view, depth.level + 1
  from depth
  join edges e on e.reads = depth.oid
  where depth.level < 100
)
select n.nspname as schema, c.relname as name
from depth
join pg_class c on c.oid = depth.oid and c.relkind = 'm'
join pg_namespace n on n.oid = c.relnamespace
group by c.oid, n.nspname, c.relname
order by max(depth.level), n.nspname, c.relname`;

export const matviews: StepKind<MatviewsInput> = {
  kind: 'matviews',

  describe: ({ database, views }) => ({
    title: `fill ${plural(views.length, 'materialized view')}`,
    action: 'run',
    server: 'target',
    database,
    statements: views.map(view => `refresh materialized view ${qualifiedName(view)};`),
    reversible: true,
  }),

  async run(context, { database, views }, progress) {
    const target = await connectForCopy(
      context.spec.target.connection,
      { database, purpose: runPurpose(context.spec.name, 'materialized views') },
      shortLockTry,
    );
    try {
      await keepTriggersOut(target);
      const order = await target.rows<{ schema: string; name: string }>(orderSql);
      const wanted = order.filter(row => views.some(view => view.schema === row.schema && view.name === row.name));
      const refused = await fill(target, wanted, context.signal, done =>
        progress({ items: { done, total: wanted.length, unit: 'views' } }),
      );
      for (const { view, words } of refused)
        context.warn(
          `${database}: materialized view ${shownName(view)} stays without rows on the target: ${words}; ` +
            `when that is fixed: refresh materialized view ${qualifiedName(view)};`,
        );
      const filled = plural(wanted.length - refused.length, 'view');
      return { outcome: refused.length === 0 ? filled : `${filled}; ${refused.length} without rows` };
    } finally {
      await target.close();
    }
  },
};

interface Refused {
  readonly view: Relation;
  /** The server's. */
  readonly words: string;
}

/** One that reads another by a function, which the catalogs do not tell, is filled when that one is. */
async function fill(
  target: Connection,
  views: readonly Relation[],
  signal: AbortSignal,
  filled: (count: number) => void,
): Promise<readonly Refused[]> {
  let left = views;
  for (;;) {
    const refused: Refused[] = [];
    for (const view of left) {
      signal.throwIfAborted();
      try {
        await target.execute(`refresh materialized view ${qualifiedName(view)}`);
        filled(views.length - left.length + left.indexOf(view) + 1 - refused.length);
      } catch (error) {
        if (!isOfTheQuery(errorCode(error))) throw error;
        refused.push({ view, words: error instanceof Error ? error.message : String(error) });
      }
    }
    if (refused.length === 0 || refused.length === left.length) return refused;
    left = refused.map(({ view }) => view);
  }
}

/**
 * Classes of errors that tell of the server or its state, not of what the view reads: resources, operator, system,
 * itself.
 */
const ofTheServer: ReadonlySet<string> = new Set(['53', '57', '58', 'XX']);

function isOfTheQuery(code: string | undefined): boolean {
  return code?.length === 5 && !mayPass(code) && !ofTheServer.has(code.slice(0, 2));
}
