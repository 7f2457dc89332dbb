import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

export interface BenchServer {
  readonly name: 'source' | 'target';
  readonly port: number;
  readonly postmaster: number;
  url(database: string): string;
  sql(database: string, text: string): Promise<pg.QueryResult>;
  /** Many statements in one session. */
  session(database: string, use: (run: (text: string) => Promise<pg.QueryResult>) => Promise<void>): Promise<void>;
  stop(): void;
}

/** What both servers run with; printed with every result. */
export const settings: Readonly<Record<string, string>> = {
  wal_level: 'logical',
  max_replication_slots: '50',
  max_wal_senders: '50',
  max_worker_processes: '80',
  max_logical_replication_workers: '50',
  max_connections: '200',
  shared_buffers: '1GB',
  listen_addresses: '127.0.0.1',
};

/** Debian's newest server programs, or those of PGM_BENCH_BIN. */
export function serverPrograms(): string {
  const given = process.env.PGM_BENCH_BIN;
  if (given !== undefined) return given;
  const root = '/usr/lib/postgresql';
  const majors = existsSync(root)
    ? readdirSync(root)
        .map(Number)
        .sort((a, b) => b - a)
    : [];
  const found = majors
    .map(major => join(root, String(major), 'bin'))
    .find(folder => existsSync(join(folder, 'initdb')));
  if (found === undefined)
    throw new Error('no PostgreSQL server is installed: apt-get install postgresql, or set PGM_BENCH_BIN');
  return found;
}

/** PostgreSQL refuses to run as root: then it runs as `postgres`. */
function account(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres']).toString());
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export async function startServer(name: BenchServer['name']): Promise<BenchServer> {
  const bin = serverPrograms();
  const user = account();
  const folder = mkdtempSync(join(tmpdir(), `pgm-bench-${name}-`));
  chmodSync(folder, 0o755);
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (user !== undefined) {
    chownSync(folder, user.uid, user.gid);
    chownSync(data, user.uid, user.gid);
  }
  const run = (program: string, argv: readonly string[]): void =>
    void execFileSync(join(bin, program), [...argv], { ...user, stdio: 'ignore', cwd: folder });
  run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync']);
  const port = await freePort();
  appendFileSync(
    join(data, 'postgresql.conf'),
    Object.entries({ ...settings, port: String(port), unix_socket_directories: folder })
      .map(([key, value]) => `${key} = '${value}'\n`)
      .join(''),
  );
  run('pg_ctl', ['-D', data, '-l', join(folder, 'log'), '-w', 'start']);
  const postmaster = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const url = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
  return {
    name,
    port,
    postmaster,
    url,
    sql: async (database, text) => {
      const client = new pg.Client({ connectionString: url(database) });
      await client.connect();
      try {
        return await client.query(text);
      } finally {
        await client.end();
      }
    },
    session: async (database, use) => {
      const client = new pg.Client({ connectionString: url(database) });
      await client.connect();
      try {
        await use(text => client.query(text));
      } finally {
        await client.end();
      }
    },
    stop: () => {
      run('pg_ctl', ['-D', data, '-m', 'immediate', 'stop']);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
