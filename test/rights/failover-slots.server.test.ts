import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import { findingsFor, ofCode, paste, specLine } from '../checks/readiness.js';
import { compareDatabases } from '../support/compare.js';
import { useWorkspace } from '../support/pgm.js';
import {
  createDatabase,
  destroyServer,
  hostOf,
  logicalSettings,
  physicalCopy,
  sql,
  stopServer,
  url,
  useServers,
  value,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

describe('a source with a standby', () => {
  const servers = useServers({
    source: { major: 18, settings: logicalSettings },
    target: { major: 18, settings: { ...logicalSettings, wal_retrieve_retry_interval: '200ms' } },
  });
  const workspace = useWorkspace();

  it(
    'PGM219 and PGM221: the migration goes on after the standby was promoted, ' +
      'and no row is lost, with a virtual generated column',
    async () => {
      const { source, target } = servers;
      await createDatabase(
        source,
        'shop',
        'create table item (id serial primary key, name text, size int generated always as (length(name)) ' +
          "virtual); insert into item (name) select 'item ' || n from generate_series(1, 300) n",
      );
      expect(ofCode(await findingsFor({ source, target }), 'PGM219')).toEqual([]);
      await sql(source, 'postgres', "select pg_create_physical_replication_slot('standby')");
      for (const setting of [
        `primary_conninfo = 'host=${hostOf(source)} port=${source.port} user=postgres dbname=postgres'`,
        "primary_slot_name = 'standby'",
        'hot_standby_feedback = on',
      ])
        await sql(source, 'postgres', `alter system set ${setting}`);
      const standby = await physicalCopy(source, { standby: true });
      try {
        const [finding] = ofCode(await findingsFor({ source, target }), 'PGM219');
        expect(finding).toMatchObject({ severity: 'info', object: 'standby' });
        expect(
          ofCode(await findingsFor({ source, target, lines: [specLine(finding?.remedy)] }), 'PGM219'),
        ).toMatchObject([{ message: expect.stringContaining('off') as string }]);

        await sql(source, 'postgres', "select pg_create_physical_replication_slot('idle')");
        await sql(source, 'postgres', "alter system set synchronized_standby_slots = 'standby, idle'");
        await sql(source, 'postgres', 'select pg_reload_conf()');
        const waits = async (): Promise<Finding[]> => ofCode(await findingsFor({ source, target }), 'PGM221');
        await waitUntil('the server has read it', async () => (await waits()).length > 0);
        const [waiting] = await waits();
        expect(waiting).toMatchObject({ severity: 'warning', server: 'source', required: 'standby' });
        paste(source, 'postgres', waiting?.remedy);
        await waitUntil('the server has read the remedy', async () => (await waits()).length === 0);
        await sql(source, 'postgres', "select pg_drop_replication_slot('idle')");

        const servedBy = `postgres://postgres@${hostOf(standby)}:${standby.port},${hostOf(source)}:${source.port}/postgres?target_session_attrs=read-write`;
        workspace.write(
          'pgm.yaml',
          `version: 1\nname: ha\nsource: {connection: "${servedBy}"}\ntarget: {connection: ` +
            `"${url(target)}"}\ndatabases: {include: [shop]}\nmethod: continuous\n`,
        );
        await workspace.succeeds('apply', '--auto-approve');
        expect(await sql(target, 'shop', 'select subfailover from pg_subscription')).toEqual([{ subfailover: true }]);
        await sql(source, 'shop', "update item set name = 'before' where id = 1");
        const slots =
          'select slot_name from pg_replication_slots where failover and synced ' +
          'and not temporary and invalidation_reason is null';
        await waitUntil('the standby has the slot', async () => {
          await sql(standby, 'postgres', 'select pg_sync_replication_slots()');
          return (await sql(standby, 'postgres', slots)).length === 1;
        });
        await sql(source, 'shop', "insert into item (name) values ('last')");
        await waitUntil(
          'the standby has the last row',
          async () => (await value(standby, 'shop', "select 'x' from item where name = 'last'")) === 'x',
        );

        await stopServer(source, 'immediate');
        await sql(standby, 'postgres', 'select pg_promote()');
        await sql(
          standby,
          'shop',
          "insert into item (name) values ('after the failover'); delete from item where id = 2",
        );
        const arrived = "select count(*)::text from item where name in ('before', 'last', 'after the failover')";
        await waitUntil(
          'the target follows the promoted server',
          async () => (await value(target, 'shop', arrived)) === '3',
        );
        await workspace.succeeds('cutover', '--auto-approve');
        await workspace.succeeds('close', '--auto-approve');
        expect(await compareDatabases(standby, target, 'shop')).toEqual([]);
        expect(
          await sql(standby, 'postgres', "select slot_name from pg_replication_slots where slot_name <> 'standby'"),
        ).toEqual([]);
      } finally {
        destroyServer(standby);
      }
    },
  );
});
