import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { specText, useWorkspace } from '../support/pgm.js';
import { startServer, stopServer, useServers } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const servers = useServers({ source: { major: 18 }, target: { major: 18 } });
const workspace = useWorkspace();

it('serves metrics and tells a program of each event, also while a server is away', async () => {
  workspace.write('pgm.yaml', specText(servers.source, servers.target));
  workspace.write('told.sh', '#!/bin/sh\ncat >> told.ndjson\n');
  chmodSync(join(workspace.folder, 'told.sh'), 0o755);
  const watch = workspace.start('watch', '--interval', '200ms', '--listen', '127.0.0.1:0', '--notify', './told.sh');
  try {
    await watch.printed(/http:\S+\/metrics/);
    const url = /http:\S+(?=\/metrics)/.exec(watch.output())?.[0] ?? '';
    const metrics = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();
    const told = (): string => {
      const file = join(workspace.folder, 'told.ndjson');
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    };
    await waitUntil('it is up', async () => /^pgm_up\{.*\} 1$/m.test(await metrics()));
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await stopServer(servers.target, 'immediate');
    await waitUntil('it tells', () => told().includes('"unreachable"'));
    await waitUntil('it is down', async () => /^pgm_up\{.*\} 0$/m.test(await metrics()));
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
    await startServer(servers.target);
    await waitUntil('it tells that it is back', () => told().includes('"reachable"'));
  } finally {
    watch.process.kill('SIGTERM');
  }
  expect((await watch.result).code).toBe(143);
});

it('listens on loopback only', async () => {
  workspace.write('pgm.yaml', specText(servers.source, servers.target));
  const { code, stderr } = await workspace.pgm('watch', '--listen', '0.0.0.0:9187');
  expect(code).toBe(3);
  expect(stderr).toContain('loopback');
});
