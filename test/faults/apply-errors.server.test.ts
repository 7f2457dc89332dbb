import { describe, expect } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import { sql, value, type LocalServer } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { eachFault, longFault } from './each-fault.js';
import { quickWorkers, tail, useFaults } from './migration.js';

const settings = quickWorkers;
const { servers, workspace, begin } = useFaults<'target' | 'older'>({
  source: { major: 14, settings },
  target: { major: 18, settings },
  older: { major: 14, settings },
});

interface Refusal {
  readonly name: string;
  readonly target: 'target' | 'older';
  /** What is changed on the target behind pgm's back. */
  readonly meddle: string;
  /** What the source then does. */
  readonly change: string;
  readonly says: RegExp;
  /** The way out: what is typed on the target, or to pgm. */
  readonly mend: string | readonly string[];
}

const skipThenResync = 'the statement that pgm shows, then --resync';

const refusals: readonly Refusal[] = [
  {
    name: 'a row is in the way under the same key',
    target: 'target',
    meddle: "insert into product (id, name) values (1000000, 'in the way')",
    change: "insert into product (id, name) values (1000000, 'from the source')",
    says: /insert "public"\."product" \(id 1000000\): duplicate key .*Key \(id\)=\(1000000\) already exists/,
    mend: 'delete from product where id = 1000000',
  },
  {
    name: 'a row is in the way under another key, the change is left out and the table copied again',
    target: 'target',
    meddle: "insert into customer (id, name, mail) values (2000000, 'in the way', 'same@example.com')",
    change:
      'begin; update product set price = 1 where id = 1; insert into customer (id, name, mail) ' +
      "values (1000000, 'from the source', 'same@example.com'); commit",
    says: /2 changes: "public"\."product", "public"\."customer".*insert "public"\."customer" \(id 1000000\).*Key \(mail\)=\(same@example\.com\) already exists/,
    mend: skipThenResync,
  },
  {
    name: 'the same before ALTER SUBSCRIPTION ... SKIP was there',
    target: 'older',
    meddle: "insert into customer (id, name, mail) values (2000000, 'in the way', 'same@example.com')",
    change: "update customer set mail = 'same@example.com' where id = 5",
    says: /update "public"\."customer" \(id 5\).*Key \(mail\)=\(same@example\.com\) already exists/,
    mend: skipThenResync,
  },
  {
    name: 'a constraint of the target is in the way',
    target: 'target',
    meddle: 'alter table product alter price set not null',
    change: "insert into product (id, name, price) values (1000000, 'x', null)",
    says: /insert "public"\."product" \(id 1000000\): null value in column "price" of relation "product" violates not-null constraint$/,
    mend: 'alter table product alter price drop not null',
  },
  {
    name: 'all columns are the identity, and a large value did not change',
    target: 'target',
    meddle: "insert into blob select 1000000, ''",
    change:
      'alter table blob replica identity full; update blob set id = 1000000 where id = (select min(id) from blob)',
    says: /update "public"\."blob".*duplicate key .*Key \(id\)=\(1000000\) already exists/,
    mend: 'delete from blob where id = 1000000',
  },
  {
    name: 'a table is copied again while its rows change, and the others go on',
    target: 'target',
    meddle: "update product set name = 'meddled with'; delete from orders where id not in (select order_id from line)",
    change: "insert into product (id, name) values (1000000, 'x')",
    says: /^/,
    mend: ['--resync', 'public.product', '--resync', 'public.orders'],
  },
];

/** A change of definitions that is followed would mend some of them. */
const standing = 'copy: {jobs: 2, index_jobs: 2}\nschema_changes: block';

const on = (server: LocalServer, text: string): Promise<unknown> => sql(server, 'refused', text);

/** As a user takes them from the screen: the lines of the hint. */
function waysOut(events: readonly ApplyEvent[]): readonly string[] {
  return events.flatMap(event =>
    event.type === 'step_failed' && event.error.hint !== undefined ? event.error.hint.split('\n') : [],
  );
}

describe('a change that the target refuses', () => {
  eachFault(refusals, ['a row is in the way under another key'])(
    '$name',
    { timeout: 240_000 },
    async ({ name, target, meddle, change, says, mend }) => {
      const subscriber = servers[target];
      const migration = await begin('refused', { target, spec: standing });
      const first = await migration.start().result;
      expect(first.code, tail(first)).toBe(0);
      await on(subscriber, meddle);
      await on(servers.source, change);
      if (typeof mend !== 'string') {
        await migration.toTheEnd(name, 1, ...mend);
        await migration.finish();
        return;
      }
      await waitUntil(
        'the worker fails',
        async () => (await value(servers.source, 'refused', 'select active from pg_replication_slots')) === 'false',
      );
      const status = await workspace.pgm('status', migration.spec);
      expect(status.stdout, status.stderr).toMatch(/transaction \d+ .* is not applied/);
      const refused = await migration.start().result;
      expect(refused.code, tail(refused)).toBe(7);
      const said = migration.events
        .flatMap(event => (event.type === 'step_failed' ? [event.error.message] : []))
        .join(' ');
      expect(said, tail(refused)).toMatch(says);
      const ways = waysOut(migration.events);
      // What mends it comes first, what loses rows last.
      expect(ways[0]).toMatch(/fix it on the target/);
      expect(ways.at(-1)).toMatch(/or, last, .*this loses \d+ changes? in \d+ tables?/);
      if (mend === skipThenResync) {
        const [, statements = ''] = /--resync\): (.*)$/.exec(ways.at(-1) ?? '') ?? [];
        for (const statement of statements.split(/(?<=;) /))
          await waitUntil(statement, () =>
            on(subscriber, statement).then(
              () => true,
              () => false,
            ),
          );
        const [, resync = ''] = /pgm apply (--resync .*)$/.exec(ways[1] ?? '') ?? [];
        await migration.toTheEnd(name, 1, ...resync.split(' '), '--resync', 'public.product');
      } else {
        await on(subscriber, mend);
        await migration.toTheEnd(name, 1);
      }
      await migration.finish();
    },
  );

  longFault(
    'a column that the target lacks blocks the next plan, which says what to do',
    { timeout: 240_000 },
    async () => {
      const migration = await begin('refused', { spec: standing });
      const first = await migration.start().result;
      expect(first.code, tail(first)).toBe(0);
      await on(
        servers.source,
        "alter table product add column note text; insert into product (id, name, note) values (1000000, 'x', 'y')",
      );
      const blocked = await workspace.pgm('plan', migration.spec, '--goal', 'cutover');
      expect(blocked.code, tail(blocked)).toBe(6);
      const [, remedy = ''] = /PGM306[^]*?(alter table [^;]*;)/i.exec(blocked.stdout) ?? [];
      await on(servers.target, remedy);
      await migration.toTheEnd('a column was added on the source only', 1);
      await migration.finish();
    },
  );
});
