import { connectForCopy, keepTriggersOut, shortLockTry } from '../copy/session.js';
import { qualifiedName } from '../postgres/identifiers.js';
import { runPurpose } from '../postgres/run-sessions.js';
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
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
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
      for (const [index, view] of wanted.entries()) {
        context.signal.throwIfAborted();
        await target.execute(`refresh materialized view ${qualifiedName(view)}`);
        progress({ items: { done: index + 1, total: wanted.length, unit: 'views' } });
      }
      return { outcome: plural(wanted.length, 'view') };
    } finally {
      await target.close();
    }
  },
};
