import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { copyIntoContainer, runInContainer, type ContainerServer } from '../support/containers.js';
import { useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, restartCommand, sql, useServers } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const serverData = '/var/lib/postgresql/data';
/** On the target server: the authority that made the source's certificate (`ca`), and another one. */
const authority = (name: 'ca' | 'other'): string => `/var/lib/postgresql/${name}.crt`;

/** Both servers have addresses of their own here, so who dials whom by which name is tried for real. */
describe('servers at their own addresses', () => {
  const servers = useServers({
    source: { major: 14, settings: logicalSettings, password: 'sourceSecret' },
    target: { major: 18, settings: logicalSettings, password: 'targetSecret' },
  });
  const workspace = useWorkspace();
  const source = (): ContainerServer => servers.source as ContainerServer;
  const target = (): ContainerServer => servers.target as ContainerServer;

  const spec = (connection: string, keys: readonly string[] = []): void => {
    workspace.write(
      'pgm.yaml',
      `version: 1
name: test
source:
  ${connection}
  restart: {command: ${JSON.stringify(restartCommand(source()))}}
${keys.map(key => `  ${key}\n`).join('')}target:
  connection: postgres://postgres:targetSecret@${target().host}/postgres
databases: {include: [shop]}
method: continuous
`,
    );
  };
  const verified = (root: string): string =>
    'connection: ' +
    `postgres://postgres:sourceSecret@${source().host}/postgres?sslmode=verify-full&sslrootcert=${join(workspace.folder, 'ca', root)}`;
  const findings = async (
    ...codes: readonly string[]
  ): Promise<{ code: string; severity: string; status: string; message: string; required: string }[]> => {
    const { stdout } = await workspace.pgm('plan', '--json');
    return (
      JSON.parse(stdout) as {
        findings: { code: string; severity: string; status: string; message: string; required: string }[];
      }
    ).findings.filter(({ code, severity }) => codes.includes(code) && severity !== 'ok');
  };
  /** Who may come in, and how; the lines of the server's own making are replaced. */
  const useRules = async (...lines: readonly string[]): Promise<void> => {
    copyIntoContainer(source(), `local all all trust\n${lines.join('\n')}\n`, `${serverData}/pg_hba.conf`, '600');
    await waitUntil('the rules are read', async () => {
      runInContainer(source(), 'postgres', 'psql', '-qc', 'select pg_reload_conf()');
      const seen = runInContainer(source(), 'postgres', 'psql', '-Atc', 'select count(*) from pg_hba_file_rules');
      return Number(seen) === lines.length + 1;
    });
  };

  beforeAll(async () => {
    await createDatabase(
      servers.source,
      'shop',
      'create table item (id serial primary key, name text); insert into item (name) ' +
        'select md5(n::text) from generate_series(1, 1000) n',
    );
  });

  it('PGM108: the target does not reach the source where this machine does, until the spec says where', async () => {
    const here = `connection: postgres://postgres:sourceSecret@127.0.0.1:${source().publishedPort}/postgres`;
    spec(here);
    expect(await findings('PGM108')).toMatchObject([
      { severity: 'error', message: expect.stringMatching(/127\.0\.0\.1/) as string },
    ]);
    spec(here, [`advertise: {host: ${source().host}, port: 5432}`]);
    expect(await findings('PGM108')).toEqual([]);
  });

  it('PGM204: a source that listens to itself only is told to listen to others', async () => {
    // As pgm would see it on the source's own machine.
    runInContainer(source(), 'postgres', 'psql', '-qc', "alter system set listen_addresses = 'localhost'");
    execFileSync('docker', ['restart', '--time', '30', source().container]);
    spec('connection: postgres://postgres:sourceSecret@localhost/postgres', [`advertise: {host: ${source().host}}`]);
    const inside = execFileSync('docker', ['inspect', '--format', '{{.State.Pid}}', source().container], {
      encoding: 'utf8',
    }).trim();
    await waitUntil('it runs again', () => ready(source()));
    const plan = JSON.parse(inNetworkOf(inside, workspace.folder, 'plan', '--json')) as {
      findings: { code: string; severity: string; status: string }[];
    };
    expect(
      plan.findings.filter(({ code, severity }) => ['PGM108', 'PGM204'].includes(code) && severity !== 'ok'),
    ).toMatchObject([{ code: 'PGM108' }, { code: 'PGM204', status: 'change' }]);
    runInContainer(source(), 'postgres', 'psql', '-qc', 'alter system reset listen_addresses');
    execFileSync('docker', ['restart', '--time', '30', source().container]);
    await waitUntil('it runs again', () => ready(source()));
  });

  it('PGM108: the target refuses a source whose certificate is of another authority than the one it knows', async () => {
    certify(source(), workspace.folder);
    await sql(servers.source, 'postgres', "alter system set ssl = 'on'");
    await useRules('hostssl all all all scram-sha-256');
    spec(verified('ca.crt'), [`advertise: {sslrootcert: ${authority('other')}}`]);
    expect(await findings('PGM108')).toMatchObject([
      { severity: 'error', message: expect.stringMatching(/certificate verify failed/) as string },
    ]);
    spec(verified('ca.crt'), [`advertise: {sslrootcert: ${authority('ca')}}`]);
    expect(await findings('PGM108')).toEqual([]);
  });

  it('PGM205: the rule that lets the target in is written by pgm; over TLS, verified by pgm and by the target', async () => {
    await useRules(`hostssl all postgres ${gateway(source())}/32 scram-sha-256`);
    spec(verified('other.crt'));
    expect(await findings('PGM103')).toMatchObject([{ severity: 'error' }]);

    const keys = [
      `hba: {addresses: [${target().host}/32], method: scram-sha-256}`,
      `advertise: {sslrootcert: ${authority('ca')}}`,
    ];
    spec(verified('ca.crt'), keys);
    expect(await findings('PGM108')).toMatchObject([
      { message: expect.stringMatching(/pg_hba\.conf|no entry/) as string },
    ]);
    expect(await findings('PGM205')).toMatchObject([
      { status: 'change', required: `hostssl "shop" "postgres" ${target().host}/32 scram-sha-256` },
    ]);
    await workspace.succeeds('apply', '--auto-approve');
    const conninfo = (
      await sql<{ conninfo: string }>(servers.target, 'shop', 'select subconninfo as conninfo from pg_subscription')
    )[0]?.conninfo;
    expect(conninfo).toMatch(/sslmode='?verify-full/);
    expect(overTls(source())).toBe('t');
    runInContainer(source(), 'postgres', 'psql', '-qc', "update item set name = 'changed' where id <= 10", 'shop');
    await workspace.succeeds('cutover', '--auto-approve');
    await workspace.succeeds('close', '--auto-approve');
    await useRules('host all all all scram-sha-256');
    expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([]);
  });

  /** A certificate for the source's address, by an authority that the target knows too; and another authority. */
  function certify(server: ContainerServer, folder: string): void {
    const at = join(folder, 'ca');
    mkdirSync(at);
    const openssl = (...argv: readonly string[]): void =>
      void execFileSync('openssl', argv, { cwd: at, stdio: 'ignore' });
    for (const name of ['ca', 'other'])
      openssl(
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
        '-subj',
        `/CN=${name}`,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.crt`,
      );
    openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-subj',
      `/CN=${server.host}`,
      '-keyout',
      'server.key',
      '-out',
      'server.csr',
    );
    workspace.write('ca/names', `subjectAltName=IP:${server.host}`);
    openssl(
      'x509',
      '-req',
      '-in',
      'server.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      'names',
      '-out',
      'server.crt',
    );
    for (const name of ['server.crt', 'server.key'])
      copyIntoContainer(server, readFileSync(join(at, name), 'utf8'), `${serverData}/${name}`, '600');
    for (const name of ['ca', 'other'] as const)
      copyIntoContainer(target(), readFileSync(join(at, `${name}.crt`), 'utf8'), authority(name), '644');
  }
});

/** This machine, as a container sees it. */
function gateway(server: ContainerServer): string {
  return execFileSync('docker', ['inspect', '--format', '{{.NetworkSettings.Gateway}}', server.container], {
    encoding: 'utf8',
  }).trim();
}

function ready(server: ContainerServer): boolean {
  try {
    runInContainer(server, 'postgres', 'psql', '-qc', 'select 1');
    return true;
  } catch {
    return false;
  }
}

/** Is the target's apply worker? */
function overTls(server: ContainerServer): string {
  return runInContainer(
    server,
    'postgres',
    'psql',
    '-Atc',
    "select s.ssl from pg_stat_ssl s join pg_stat_replication r using (pid) where r.application_name like 'pgm_%'",
  ).trim();
}

/** Runs pgm as if on the container's machine: in its network, where localhost is the server's. */
function inNetworkOf(pid: string, folder: string, ...parameters: readonly string[]): string {
  try {
    return execFileSync(
      'nsenter',
      ['--target', pid, '--net', process.execPath, join(import.meta.dirname, '../../bin/pgm.js'), ...parameters],
      { cwd: folder, encoding: 'utf8' },
    );
  } catch (error) {
    // A blocked plan ends with 6, and prints itself.
    return (error as { stdout: string }).stdout;
  }
}
