import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { useWorkspace } from '../support/pgm.js';
import {
  createDatabase,
  dropDatabases,
  hostOf,
  logicalSettings,
  sql,
  useServers,
  value,
  type LocalServer,
} from '../support/servers.js';

/** Built from examples/container/Dockerfile by image/build-pgm.sh. */
const image = process.env['PGM_IMAGE'] ?? '';

describe('the container image', () => {
  const servers = useServers({
    source: { major: 15, settings: logicalSettings, password: 'sourceSecret' },
    target: { major: 15, settings: logicalSettings, password: 'targetSecret' },
  });
  const workspace = useWorkspace();
  const address = (server: LocalServer, password: string, database: string): string =>
    `postgres://postgres:${password}@${hostOf(server)}:${server.port}/${database}`;

  /** As the manifests for Kubernetes run it: not root, nothing but /tmp and /work writable, the spec mounted. */
  const pgm = (...parameters: readonly string[]): string =>
    execFileSync(
      'docker',
      [
        ...['run', '--rm', '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
        ...['--tmpfs', '/tmp', '--tmpfs', '/work:uid=10001,mode=700'],
        ...['--volume', `${join(workspace.folder, 'spec')}:/spec:ro`],
        ...['--env', 'SOURCE_URL', '--env', 'TARGET_URL', '--env', 'STATE_URL'],
        ...[image, ...parameters],
      ],
      {
        encoding: 'utf8',
        env: {
          ...process.env,
          SOURCE_URL: address(servers.source, 'sourceSecret', 'postgres'),
          TARGET_URL: address(servers.target, 'targetSecret', 'postgres'),
          STATE_URL: address(servers.target, 'targetSecret', 'pgm_state'),
        },
      },
    );

  it('runs as a user without rights, with pg_dump', () => {
    const inside = execFileSync(
      'docker',
      ['run', '--rm', '--entrypoint', 'sh', image, '-c', 'id -u; pg_dump --version'],
      {
        encoding: 'utf8',
      },
    );
    expect(inside).toMatch(/^10001\npg_dump \(PostgreSQL\) \d+/);
    expect(pgm('--version')).toMatch(/^pgm \d/);
  });

  it('brings a cluster over, follows it and switches', async () => {
    await createDatabase(
      servers.source,
      'shop',
      'create table note (id bigint primary key, text text); insert into note select g, g::text from generate_series(1, 1000) g',
    );
    await createDatabase(servers.target, 'pgm_state');
    workspace.write(
      'spec/pgm.yaml',
      `version: 1
name: shop
source: {connection: "\${SOURCE_URL}"}
target: {connection: "\${TARGET_URL}"}
state: {postgres: "\${STATE_URL}"}
databases: {include: [shop]}
method: continuous
goal: synced
`,
    );
    chmodSync(join(workspace.folder, 'spec'), 0o755);
    pgm('apply', '/spec/pgm.yaml', '--auto-approve');
    await sql(servers.source, 'shop', 'insert into note select g, g::text from generate_series(1001, 1100) g');
    pgm('apply', '/spec/pgm.yaml', '--goal', 'cutover', '--auto-approve');
    expect(await value(servers.target, 'shop', 'select count(*)::text from note')).toBe('1100');
    pgm('apply', '/spec/pgm.yaml', '--goal', 'ready', '--auto-approve');
    expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([]);
    await dropDatabases(servers.target, 'pgm_state');
  });
});
