import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { startProxy, type Proxy } from '../support/proxy.js';
import { createDatabase, dropDatabases, useServers } from '../support/servers.js';

const tables = (count: number): string =>
  Array.from(
    { length: count },
    (_, n) =>
      `create table t_${n} (id int primary key, a text); create index on t_${n} (a); insert ` +
      `into t_${n} select g, md5(g::text) from generate_series(1, 10) g;`,
  ).join('\n');

/** Milliseconds each way: enough that what is sent meanwhile comes together. Round trips are counted, not timed. */
const oneWay = 5;

describe('a copy over a slow network', () => {
  const servers = useServers({ source: { major: 16 }, target: { major: 18 } });
  const workspace = useWorkspace();
  const proxies: Proxy[] = [];

  beforeAll(async () => {
    await createDatabase(servers.source, 'few', tables(10));
    await createDatabase(servers.source, 'many', tables(200));
    for (const server of [servers.source, servers.target]) {
      const proxy = await startProxy(server);
      proxy.delay(oneWay);
      proxies.push(proxy);
    }
  });
  afterAll(() => Promise.all(proxies.map(proxy => proxy.close())));

  const sum = (of: (proxy: Proxy) => number): number => proxies.reduce((total, proxy) => total + of(proxy), 0);

  /** Round trips and connections of a whole dump, both sides. pg_dump asks for tables in its own way. */
  async function dump(database: string): Promise<{ requests: number; opened: number }> {
    const [source, target] = proxies.map(({ port }) => port);
    workspace.write(
      `${database}.yaml`,
      specText(
        { ...servers.source, port: source ?? 0 },
        { ...servers.target, port: target ?? 0 },
        `databases: {include: [${database}]}\nmethod: dump\ncopy: {jobs: 3, index_jobs: 2}`,
      ).replace('name: test', `name: ${database}`),
    );
    const [requests, opened] = [sum(proxy => proxy.requests), sum(proxy => proxy.opened)];
    await workspace.succeeds('apply', `${database}.yaml`, '--auto-approve');
    expect(await compareDatabases(servers.source, servers.target, database)).toEqual([]);
    await dropDatabases(servers.target, database);
    return { requests: sum(proxy => proxy.requests) - requests, opened: sum(proxy => proxy.opened) - opened };
  }

  it('takes no more round trips for 200 small tables than for 10, but for those of pg_dump', async () => {
    const few = await dump('few');
    const many = await dump('many');
    // Workers begin when there is work for them: which of them find some is a matter of moments.
    expect(many.opened).toBeLessThanOrEqual(few.opened + 12);
    expect(many.requests - few.requests).toBeLessThan(190);
    // Not a session a step, and none twice to ask for TLS that is not there.
    expect(few.opened).toBeLessThan(60);
  });
});
