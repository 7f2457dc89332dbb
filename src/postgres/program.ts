import { spawn } from 'node:child_process';
import { UserError } from '../errors.js';
import type { Conninfo } from './conninfo.js';
import { keepaliveKeywords } from './keepalives.js';
import { knownMajor, withEnvironment } from './open-session.js';
import { environment } from './session-environment.js';

export interface ProgramOptions {
  /** Absolute path of the program. */
  readonly program: string;
  readonly argv: readonly string[];
  /** Where it connects: handed over in the environment, so that argv holds no secret. */
  readonly connection?: {
    readonly conninfo: Conninfo;
    readonly database: string;
    /** As in `connect`. */ readonly purpose: string;
  };
  readonly signal: AbortSignal;
}

/**
 * Runs one of PostgreSQL's client programs and gives its stdout.
 * @throws UserError with the program's own words when it ends with anything but 0
 */
export async function runProgram(options: ProgramOptions): Promise<string> {
  options.signal.throwIfAborted();
  // libpq reads no keepalives from the environment; dbname as a keyword string takes them, the rest stays as the environment has it.
  const dialling = options.connection === undefined ? [] : [`--dbname=${keepaliveKeywords}`];
  const child = spawn(options.program, [...dialling, ...options.argv], {
    env: {
      ...withoutLibpqVariables(process.env),
      ...(options.connection === undefined ? {} : libpqEnvironment(options.connection)),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
  });
  // Text at once: a schema of many tables would be held twice as buffers.
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const words = stderr.trim();
  if (code !== 0) {
    throw new UserError(
      `${options.program} ended with ${code === null ? 'a signal' : `exit code ${code}`}: ${words.slice(-2000) || 'it said nothing'}`,
    );
  }
  return stdout;
}

function withoutLibpqVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('PG')));
}

function libpqEnvironment({
  conninfo,
  database,
  purpose,
}: NonNullable<ProgramOptions['connection']>): NodeJS.ProcessEnv {
  return {
    PGHOST: conninfo.hosts.map(({ host }) => host).join(','),
    PGPORT: conninfo.hosts.map(({ port }) => port).join(','),
    PGUSER: conninfo.user,
    PGDATABASE: database,
    PGSSLMODE: conninfo.sslmode,
    PGCONNECT_TIMEOUT: String(conninfo.connectTimeout ?? 10),
    PGAPPNAME: `pgm: ${purpose}`.slice(0, 63),
    ...(conninfo.password === undefined ? {} : { PGPASSWORD: conninfo.password.reveal() }),
    ...(conninfo.sslrootcert === undefined ? {} : { PGSSLROOTCERT: conninfo.sslrootcert }),
    ...(conninfo.sslcert === undefined ? {} : { PGSSLCERT: conninfo.sslcert }),
    ...(conninfo.sslkey === undefined ? {} : { PGSSLKEY: conninfo.sslkey }),
    PGOPTIONS: withEnvironment(conninfo, environment({}, knownMajor(conninfo.hosts))),
    ...(conninfo.sslcrl === undefined ? {} : { PGSSLCRL: conninfo.sslcrl }),
    ...(conninfo.requireAuth === undefined ? {} : { PGREQUIREAUTH: conninfo.requireAuth }),
    ...(conninfo.targetSessionAttrs === 'any' ? {} : { PGTARGETSESSIONATTRS: conninfo.targetSessionAttrs }),
  };
}
