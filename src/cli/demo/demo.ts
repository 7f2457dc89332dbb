import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withConnection } from '../../postgres/connect.js';
import type { Conninfo } from '../../postgres/conninfo.js';
import { processEnvironment } from '../../postgres/environment.js';
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifiers.js';
import { resolveConninfo } from '../../postgres/resolve-conninfo.js';
import { formatCount } from '../../quantities.js';
import type { Terminal } from '../../render/terminal.js';
import { demoReport } from './demo-report.js';
import { findDemoBinaries, withDemoServers, type DemoServers } from './demo-servers.js';
import { demoSpec } from './demo-spec.js';
import { readPgm, runPgm, type RunOptions } from './run-pgm.js';
import type { LocalServer } from './server.js';
import { countArrived, startShopClient, type ShopClient } from './shop-client.js';
import { seeded, shopRole, shopSchema } from './shop-schema.js';

export interface DemoOptions {
  readonly terminal: Terminal;
  /** Ctrl-C: the demo stops its servers, removes its files and throws the signal's reason. */
  readonly signal: AbortSignal;
}

/** How many orders the client places on the target before the demo ends. */
const ordersAfterCutover = 50;

/**
 * A whole migration on two servers of its own, with a client that writes all the while: the commands and their
 * output as a user would see them, and at the end a count of what was written and what arrived.
 * @returns the exit code: 0 only when every command did and every row arrived
 * @throws UserError where the servers' packages are not installed
 */
export async function runDemo({ terminal, signal }: DemoOptions): Promise<number> {
  const began = performance.now();
  const { out } = terminal;
  const binaries = await findDemoBinaries();
  const password = randomBytes(9).toString('base64url');
  out.write('Starting two PostgreSQL servers, 14 as the source and 18 as the target …\n');
  return withDemoServers(binaries, password, async servers => {
    signal.throwIfAborted();
    await fillShop(servers.source, password);
    const [source, target] = [shopAt(servers.source, password), shopAt(servers.target, password)];
    const client = startShopClient(source);
    try {
      const rows = Object.values(seeded).reduce((sum, count) => sum + count, 0);
      out.write(`A shop of ${formatCount(rows)} rows is in use on the source: a client places orders until the end.\n`);
      const code = await migrate(servers, client, target, { terminal, signal });
      await client.stop();
      if (code !== 0) return code;

      const written = client.rows;
      const arrived = await countArrived(target, client.orders);
      const writeStopMs = await readWriteStop(options(servers, signal));
      out.write(
        `\n${demoReport({ written, arrived, writeStopMs, seconds: (performance.now() - began) / 1000 }, out.palette)}`,
      );
      return arrived === written ? 0 : 1;
    } finally {
      await client.stop();
    }
  });
}

/** The commands of a migration, one after the other; ends with the first that fails. @returns its exit code, else 0 */
async function migrate(
  servers: DemoServers,
  client: ShopClient,
  target: Conninfo,
  { terminal: { out }, signal }: DemoOptions,
): Promise<number> {
  const spec = demoSpec(servers.source);
  writeFileSync(join(servers.folder, 'pgm.yaml'), spec);
  const show = (command: string): void => {
    out.write(`\n${out.palette.bold(`$ ${command}`)}\n`);
  };
  const pgm = async (...parameters: readonly string[]): Promise<number> => {
    show(['pgm', ...parameters].join(' '));
    const code = await runPgm(parameters, options(servers, signal));
    if (code !== 0) out.write(`\npgm ${parameters.join(' ')} ended with exit code ${code}; the demo stops here.\n`);
    return code;
  };

  show('cat pgm.yaml');
  out.write(spec);
  for (const command of [
    ['plan'],
    ['apply', '--auto-approve'],
    ['status'],
    ['cutover', '--auto-approve'],
    ['verify'],
  ] as const) {
    const code = await pgm(...command);
    if (code !== 0) return code;
  }
  await orderOnTarget(client, target, signal);
  out.write(`\nThe shop's client is on the target now and has placed ${ordersAfterCutover} orders there.\n`);
  return pgm('close', '--auto-approve');
}

async function orderOnTarget(client: ShopClient, target: Conninfo, signal: AbortSignal): Promise<void> {
  client.moveTo(target);
  const enough = client.orders.length + ordersAfterCutover;
  while (client.orders.length < enough) await pause(10, undefined, { signal });
}

async function readWriteStop(run: RunOptions): Promise<number | null> {
  const { cutover } = await readPgm<{ cutover: { write_stop_ms: number } | null }>(['status'], run);
  return cutover?.write_stop_ms ?? null;
}

async function fillShop(server: LocalServer, password: string): Promise<void> {
  const superuser = conninfo(server, 'postgres', password, 'postgres');
  await withConnection(superuser, { purpose: 'demo' }, async connection => {
    await connection.execute(`create role ${quoteIdentifier(shopRole)} login password ${quoteLiteral(password)}`);
    await connection.execute('create database shop');
  });
  await withConnection(
    superuser,
    { purpose: 'demo', database: 'shop', settings: { search_path: 'public' } },
    connection => connection.execute(shopSchema),
  );
}

function options(servers: DemoServers, signal: AbortSignal): RunOptions {
  const environment = { SOURCE_URL: uri(servers.source), TARGET_URL: uri(servers.target) };
  return { folder: servers.folder, environment, signal };
}

function uri({ port, password }: LocalServer): string {
  return `postgres://postgres:${password ?? ''}@127.0.0.1:${port}/postgres`;
}

function shopAt(server: LocalServer, password: string): Conninfo {
  return conninfo(server, shopRole, password, 'shop');
}

function conninfo({ port }: LocalServer, user: string, password: string, database: string): Conninfo {
  return resolveConninfo(
    { host: '127.0.0.1', port, user, password, database, sslmode: 'disable' },
    { ...processEnvironment(), env: {} },
  );
}
