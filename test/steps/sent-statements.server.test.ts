import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import { stepKinds } from '../../src/steps/step-traits.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, dropDatabases, logicalSettings, sql, useServers } from '../support/servers.js';

const servers = useServers({
  source: { major: 14, settings: { ...logicalSettings, wal_level: 'replica' } },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();
const recorder = pathToFileURL(resolve(import.meta.dirname, 'record-sent.mjs')).href;

interface Sent {
  readonly as: string;
  readonly text: string;
}

const seen = new Set<string>();

/** Runs a command with what its sessions send recorded, and holds that against the plan that it told. */
async function heldAgainstItsPlan(...parameters: readonly string[]): Promise<void> {
  const file = join(workspace.folder, 'sent.jsonl');
  rmSync(file, { force: true });
  Object.assign(workspace.environment, { NODE_OPTIONS: `--import ${recorder}`, SENT: file });
  const { code, stdout, stderr } = await workspace.pgm(...parameters, '--json');
  for (const name of ['NODE_OPTIONS', 'SENT']) Reflect.deleteProperty(workspace.environment, name);
  expect(code, stderr).toBe(0);
  const sent = linesOf<Sent>(existsSync(file) ? readFileSync(file, 'utf8') : '');
  const steps = linesOf<ApplyEvent>(stdout).flatMap(event => (event.type === 'plan' ? event.plan.steps : []));
  for (const { kind } of steps) seen.add(kind);
  const shown = steps.flatMap(({ id, statements }) =>
    statements.flatMap(statement => fragments(statement).map(text => ({ id, text, pattern: patternOf(text) }))),
  );
  const told = sent
    .filter(({ as }) => as !== 'pgm: dial')
    .flatMap(({ text }) => fragments(text).map(asShown))
    .filter(text => writes.test(text) && !bookkeeping.test(text));
  const command = parameters.join(' ');
  expect
    .soft(
      told.filter(text => !shown.some(({ pattern }) => pattern.test(text))),
      `pgm ${command} sends what its plan does not show`,
    )
    .toEqual([]);
  expect
    .soft(
      shown.filter(({ text }) => isExact(text) && !told.includes(text)).map(({ id, text }) => `${id}: ${text}`),
      `the plan of pgm ${command} shows what is not sent`,
    )
    .toEqual([]);
}

function linesOf<T>(text: string): readonly T[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as T);
}

/** Single statements, without comments; what a program is given is none. */
function fragments(text: string): readonly string[] {
  if (text.startsWith('$ ')) return [];
  return (
    text
      .replaceAll(/--[^\n]*/g, '')
      // A block has its statements in a literal, each under its condition.
      .replaceAll(/\bdo E?'((?:[^']|'')*)'/g, (_, block: string) =>
        block
          .replaceAll("''", "'")
          .replaceAll('\\n', ' ')
          .replaceAll(/\b(?:then|begin)\b/g, ';'),
      )
      .split(/;(?:\s|$)/)
      .map(each => each.replaceAll(/\s+/g, ' ').trim())
      .filter(each => each !== '')
  );
}

/** A database is made under a name of pgm's own, and closed, as its step says in a comment. */
function asShown(text: string): string {
  return text.replace(/"pgm_[\da-f]{24}"/, '"shop"').replace(/ allow_connections = false$/, '');
}

/** `…` and `(sensitive)` stand for what is known only when it is sent. */
function patternOf(text: string): RegExp {
  const parts = text.split(/…|'\(sensitive\)'/).map(part => part.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  // A role without a password is made without.
  const pattern = parts.join('.*').replace(/ password\.\*/, '( password .*)?');
  return new RegExp(`^${pattern}$`, 'is');
}

/** Rows go by COPY, and archives by pg_restore: what these send is not recorded. */
function isExact(text: string): boolean {
  return writes.test(text) && !/…|\(sensitive\)/.test(text) && !/^copy /.test(text) && !bookkeeping.test(text);
}

/** What comes from pg_dump is written in capitals: pgm's own is not. */
const writes =
  /^(?:create|alter|drop|comment|grant|revoke|truncate|delete|update|insert|refresh|lock|select (?:pg_drop|pg_create|pg_reload|setval|pg_terminate|pg_replication_slot_advance))/;

/** pgm's own record, its own marks, and a read that looks like a write. */
const bookkeeping =
  /pgm\.(?:part|entry|stage|setting)\b|^comment on (?:database|schema pgm) |^alter database \S+ (?:rename to|allow_connections) |^drop schema pgm|^create schema pgm|pg_terminate_backend\(\$1\)|^create temp/i;

const goal = (goal: string): void =>
  workspace.write(
    'pgm.yaml',
    specText(
      servers.source,
      servers.target,
      `databases: {include: [shop]}\nreplica_identity: {missing: full}\nschema_changes: follow\ngoal: ${goal}`,
    ),
  );

beforeAll(async () => {
  await sql(servers.source, 'postgres', 'create role recorded login');
  await createDatabase(
    servers.source,
    'shop',
    'create table item (id serial primary key, name text); insert into item (name) select n::text from ' +
      'generate_series(1, 50) n; create table plain (a int); create table line (id int primary key, item int ' +
      'references item); create index on item (name); create materialized view counted as select count(*) from ' +
      "item; select lo_from_bytea(4711, 'x')",
  );
});
afterAll(async () => {
  await workspace.pgm('destroy', '--auto-approve', '--open');
  for (const server of [servers.source, servers.target]) {
    await dropDatabases(server, 'shop');
    await sql(server, 'postgres', 'drop role if exists recorded');
  }
});

/** Kinds that need other servers or another spec. */
const elsewhere = [
  // A superuser's session that connects from another address; aiven_extras.
  'hba-rule',
  'extension',
  // A target without room for the load's settings is rare in tests: test/copy/load-settings.server.test.ts.
  'restore-settings',
  'reload',
  // Nothing is renamed or made again here: test/e2e/schema-changes.server.test.ts.
  'tables',
  'bring-back',
];

it('what is sent is what the plan shows, for every kind of step', { timeout: 240_000 }, async () => {
  goal('synced');
  await heldAgainstItsPlan('apply', '--auto-approve');
  await heldAgainstItsPlan('stop');
  await sql(
    servers.source,
    'shop',
    'create table later (id int primary key, item int references item); alter table line add column note text',
  );
  await heldAgainstItsPlan('apply', '--auto-approve', '--resync', 'public.plain');
  goal('cutover');
  await heldAgainstItsPlan('apply', '--auto-approve');
  goal('synced');
  await heldAgainstItsPlan('apply', '--auto-approve');
  goal('cutover');
  await heldAgainstItsPlan('apply', '--auto-approve');
  goal('ready');
  await heldAgainstItsPlan('apply', '--auto-approve');
  await heldAgainstItsPlan('destroy', '--auto-approve', '--open');
  expect(stepKinds.filter(kind => !seen.has(kind) && !elsewhere.includes(kind))).toEqual([]);
});
