import { readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import type { Plan } from '../../src/plan/plan.js';
import { withConnection } from '../../src/postgres/connect.js';
import { writeHbaFile } from '../../src/steps/hba-rule.js';
import { specFor } from '../checks/readiness.js';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

/** A source that was never meant to be replicated, and a target that dials it by another address than pgm does. */
const servers = useServers({
  source: {
    major: 14,
    settings: { wal_level: 'replica', max_replication_slots: 1, max_wal_senders: 1, wal_sender_timeout: '1s' },
  },
  target: { major: 14, settings: logicalSettings },
});
const workspace = useWorkspace();

const ownAddress =
  Object.values(networkInterfaces())
    .flat()
    .find(each => each?.family === 'IPv4' && !each.internal)?.address ?? '127.0.0.1';
const hbaFile = (): string => join(servers.source.folder, 'data', 'pg_hba.conf');
const settings =
  `select string_agg(name || '=' || setting, ' ' order by name) from pg_settings where name in ('wal_level', ` +
  `'max_replication_slots', 'max_wal_senders', 'wal_sender_timeout', 'listen_addresses')`;

function spec(): string {
  const text = specText(
    servers.source,
    servers.target,
    'replica_identity: {missing: full}\nmethod: continuous\ncutover: {failback: false}\ngoal: synced',
  );
  return text.replace(
    'source:\n',
    `source:\n  advertise: {host: ${ownAddress}}\n  hba: {addresses: [${ownAddress}/32], method: trust}\n`,
  );
}

async function plan(): Promise<{ readonly code: number | null; readonly plan: Plan }> {
  const { code, stdout } = await workspace.pgm('plan', '--json', '--detailed-exitcode');
  return { code, plan: JSON.parse(stdout) as Plan };
}

const notInOrder = (findings: readonly Finding[]): string[] =>
  [...new Set(findings.filter(({ status }) => status !== 'ok').map(({ code }) => code))].sort();

let before = { settings: '', hba: '' };
beforeAll(async () => {
  for (const name of ['shop', 'stock'])
    await createDatabase(
      servers.source,
      name,
      'create table item (id int primary key, label text); insert into item select i, i::text from ' +
        'generate_series(1, 500) i; create table note (label text); insert into note values (null), (1)',
    );
  // Only this machine's loopback addresses are let in.
  before = {
    settings: (await value(servers.source, 'postgres', settings)) ?? '',
    hba: readFileSync(hbaFile(), 'utf8'),
  };
  workspace.write('pgm.yaml', spec());
});

describe('ten obstacles that pgm may remove', () => {
  it('are all found in one run, and none stands in the way', async () => {
    const { code, plan: found } = await plan();
    expect(code).toBe(2);
    const changes = found.findings
      .filter(({ status }) => status === 'change')
      .map(({ code: each, object }) => `${each} ${object ?? ''}`);
    expect(changes).toEqual([
      'PGM201 wal_level',
      'PGM202 max_replication_slots',
      'PGM203 max_wal_senders',
      'PGM204 listen_addresses',
      'PGM205 pg_hba.conf',
      'PGM206 wal_sender_timeout',
      'PGM314 wal_retrieve_retry_interval',
      'PGM501 public.note',
      'PGM501 public.note',
    ]);
    // The tenth goes with them: the target reaches the source when it listens and lets it in.
    expect(notInOrder(found.findings)).toEqual([
      'PGM108',
      'PGM201',
      'PGM202',
      'PGM203',
      'PGM204',
      'PGM205',
      'PGM206',
      'PGM314',
      'PGM501',
    ]);
    expect(found.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(found.steps.filter(({ kind }) => kind === 'restart')).toHaveLength(1);
    for (const { step } of found.findings.filter(({ status }) => status === 'change'))
      expect(found.steps.map(({ id }) => id)).toContain(step);
  });

  it('gives the same bytes for the same servers, and the first line to whoever reads no more', async () => {
    const [first, second] = [
      await workspace.pgm('plan', '--format', 'markdown'),
      await workspace.pgm('plan', '--format', 'markdown'),
    ];
    expect(second.stdout).toBe(first.stdout);
    expect(first.stdout).toMatch(/^<!-- pgm plan: \w+ -->\n/);
    expect(first.stdout + (await workspace.pgm('plan')).stdout).not.toContain('\u001b');
    expect((await plan()).plan.digest).toBe((await plan()).plan.digest);
  });

  it('are gone after apply: the plan is clean', { timeout: 180_000 }, async () => {
    await workspace.succeeds('apply', '--auto-approve');
    const after = await plan();
    expect(after.plan.findings.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(after.plan.steps).toEqual([]);
    expect(after.code).toBe(0);
    for (const name of ['shop', 'stock'])
      expect(await compareDatabases(servers.source, servers.target, name)).toEqual([]);
    await sql(servers.source, 'shop', `update note set label = 'came by the new way'`);
    await waitUntil(
      'the change is on the target',
      async () => (await compareDatabases(servers.source, servers.target, 'shop')).length === 0,
    );
    expect(readFileSync(hbaFile(), 'utf8')).toBe(
      `# pgm: begin\nhost "shop","stock" "postgres" ${ownAddress}/32 trust\n# pgm: end\n${before.hba}`,
    );
  });

  it('are put back by destroy', async () => {
    const { stdout, stderr } = await workspace.succeeds('destroy', '--auto-approve');
    expect(readFileSync(hbaFile(), 'utf8'), stdout + stderr).toBe(before.hba);
    expect(
      await value(
        servers.source,
        'postgres',
        `select count(*) from pg_file_settings where sourcefile like '%auto.conf'`,
      ),
    ).toBe('0');
    expect(
      await value(
        servers.target,
        'postgres',
        `select count(*) from pg_file_settings where sourcefile like '%auto.conf'`,
      ),
    ).toBe('0');
    expect(await value(servers.source, 'shop', `select relreplident from pg_class where relname = 'note'`)).toBe('d');
  });
});

it('a pg_hba.conf that would not parse is put back, and says why', async () => {
  const { connection } = specFor({ source: servers.source, target: servers.target }).source;
  const text = readFileSync(hbaFile(), 'utf8');
  writeFileSync(hbaFile(), `${text}\n\n# "quoted", and 'so' \\ on\n`);
  const strange = readFileSync(hbaFile(), 'utf8');
  await expect(
    withConnection(connection, { purpose: 'test' }, source =>
      writeHbaFile(source, all => `host all all nonsense/99 trust\n${all}`),
    ),
  ).rejects.toMatchObject({ code: 'PGM205', message: expect.stringMatching(/put back as it was: line 1/) as string });
  expect(readFileSync(hbaFile(), 'utf8').trimEnd()).toBe(strange.trimEnd());
  expect(
    await value(servers.source, 'postgres', 'select count(*) from pg_hba_file_rules where error is not null'),
  ).toBe('0');
});
