import { spawn } from 'node:child_process';
import { UserError } from '../errors.js';
import type { Conninfo } from './conninfo.js';
import type { Keeper } from './keeper.js';
import { keepaliveKeywords } from './keepalives.js';
import { knownMajor, knownSuperuser, withEnvironment } from './open-session.js';
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
  const { argv, env } = called(options);
  const child = spawn(options.program, argv, { env, stdio: ['ignore', 'pipe', 'pipe'], signal: options.signal });
  // Text at once: a schema of many tables would be held twice as buffers.
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw failed(options.program, code, stderr);
  return stdout;
}

/**
 * As {@link runProgram}, of one that says nothing on stdout, and that ends with pgm however pgm ends: its session would
 * hold locks and a snapshot on the server.
 */
export async function runKeptProgram(keeper: Keeper, options: ProgramOptions): Promise<void> {
  options.signal.throwIfAborted();
  const { argv, env } = called(options);
  const end = await keeper.run({ argv: [options.program, ...argv], cwd: process.cwd(), env }, options.signal);
  options.signal.throwIfAborted();
  if (end.cannotStart !== null)
    throw new UserError(`${options.program} cannot be started: ${end.cannotStart}`, { code: 'PGM863' });
  if (end.code !== 0) throw failed(options.program, end.code, end.words);
}

function called({ argv, connection }: ProgramOptions): {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
} {
  // libpq reads no keepalives from the environment; dbname as a keyword string takes them, the rest stays as the
  // environment has it.
  const dialling = connection === undefined ? [] : [`--dbname=${keepaliveKeywords}`];
  return {
    argv: [...dialling, ...argv],
    env: { ...withoutLibpqVariables(process.env), ...(connection === undefined ? {} : libpqEnvironment(connection)) },
  };
}

function failed(program: string, code: number | null, said: string): UserError {
  return new UserError(
    `${program} ended ` +
      `with ${code === null ? 'a signal' : `exit code ${code}`}: ${said.trim().slice(-2000) || 'it printed nothing'}`,
    { code: 'PGM864' },
  );
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
    PGOPTIONS: withEnvironment(
      conninfo,
      environment({ reads: true }, knownMajor(conninfo.hosts), knownSuperuser(conninfo)),
    ),
    ...(conninfo.sslcrl === undefined ? {} : { PGSSLCRL: conninfo.sslcrl }),
    ...(conninfo.requireAuth === undefined ? {} : { PGREQUIREAUTH: conninfo.requireAuth }),
    ...(conninfo.targetSessionAttrs === 'any' ? {} : { PGTARGETSESSIONATTRS: conninfo.targetSessionAttrs }),
  };
}
