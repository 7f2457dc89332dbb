import { execFileSync } from 'node:child_process';
import type { Finding } from '../../src/checks/finding.js';
import { runChecks } from '../../src/checks/run-checks.js';
import { inspectServers } from '../../src/inspect/inspect.js';
import { processEnvironment } from '../../src/postgres/environment.js';
import { loadSpecText } from '../../src/spec/load-spec.js';
import type { Spec } from '../../src/spec/spec.js';
import { hostOf, type LocalServer } from '../support/servers.js';

export interface SpecWish {
  readonly source: LocalServer | string;
  readonly target: LocalServer | string;
  /** Roles to connect as; `postgres` where left out. */
  readonly sourceUser?: string;
  readonly targetUser?: string;
  /** Further keys of the source, in YAML's flow style: `hba: {addresses: [10.0.0.5]}`. */
  readonly sourceKeys?: string;
  /** Further lines of the spec. */
  readonly lines?: readonly string[];
}

/** A spec as a user would write it, read by the loader. */
export function specFor(wish: SpecWish): Spec {
  const lines = [
    'version: 1',
    'name: shop',
    'source: {connection: ' +
      `"${connectionOf(wish.source, wish.sourceUser)}"${wish.sourceKeys === undefined ? '' : `, ${wish.sourceKeys}`}}`,
    `target: {connection: "${connectionOf(wish.target, wish.targetUser)}"}`,
    ...(wish.lines ?? []),
  ];
  return loadSpecText(lines.join('\n'), 'pgm.yaml', { ...processEnvironment(), env: {} }).spec;
}

function connectionOf(server: LocalServer | string, user = 'postgres'): string {
  if (typeof server === 'string') return server;
  const password = user === 'postgres' && server.password !== undefined ? `:${server.password}` : '';
  return `postgres://${user}${password}@${hostOf(server)}:${server.port}/postgres`;
}

/** What `pgm plan` would find. */
export async function findingsFor(wish: SpecWish): Promise<Finding[]> {
  const spec = specFor(wish);
  return complete(runChecks(spec, await inspectServers(spec)));
}

/** A remedy is for these servers and objects: nothing in it is left to be filled in. */
export function complete(findings: readonly Finding[]): Finding[] {
  for (const { code, remedy } of findings) {
    if (
      remedy !== null &&
      /\b(HOST|PORT|USER|NAME|FOLDER|ADDRESS|SOURCE|TARGET|OWNER|DATABASE|PID|GID|[TRSCGNEO])\b|\/path\/to|<\w+>/.test(
        remedy.replaceAll(/"[^"]*"|'[^']*'/g, ''),
      )
    )
      throw new Error(`${code}: something is left to fill in: ${remedy}`);
  }
  return [...findings];
}

/** The findings of a code that are not in order. */
export function ofCode(findings: readonly Finding[], code: string): Finding[] {
  return findings.filter(finding => finding.code === code && finding.severity !== 'ok');
}

/** Types a remedy into a shell, as it stands. @throws Error with what it printed */
export function follow(
  remedy: string | null | undefined,
  options: { readonly uid?: number; readonly gid?: number; readonly env?: NodeJS.ProcessEnv } = {},
): string {
  if (remedy === null || remedy === undefined) throw new Error('there is no remedy to follow');
  return execFileSync('sh', ['-e', '-c', remedy], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    ...options,
  });
}

/** What a remedy puts into the spec, as it stands, less its comments. */
export function specLine(remedy: string | null | undefined): string {
  return (remedy ?? '')
    .split('\n')
    .filter(line => !line.startsWith('#'))
    .join('\n');
}

/** Types a remedy into psql, as it stands. @throws Error with psql's words */
export function paste(server: LocalServer, database: string, remedy: string | null | undefined): void {
  if (remedy === null || remedy === undefined) throw new Error('there is no remedy to paste');
  const environment = { ...process.env, ...(server.password === undefined ? {} : { PGPASSWORD: server.password }) };
  execFileSync(
    'psql',
    [
      '-X',
      '-q',
      '-v',
      'ON_ERROR_STOP=1',
      '-h',
      hostOf(server),
      '-p',
      String(server.port),
      '-U',
      'postgres',
      '-d',
      database,
    ],
    { input: `${remedy}\n`, env: environment, stdio: ['pipe', 'pipe', 'pipe'] },
  );
}
