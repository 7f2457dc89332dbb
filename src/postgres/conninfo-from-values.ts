import { sessionAttributes, sslmodes, type Conninfo, type SslMode } from './conninfo.js';
import type { ConninfoProblem } from './conninfo-problem.js';
import type { Environment } from './environment.js';
import { passwordFromFile } from './password-from-file.js';
import { requireAuthProblem } from './require-auth.js';
import { Secret } from './secret.js';

/** Turns libpq keywords and values into a Conninfo with defaults; what does not fit goes to `problems`. */
export function conninfoFromValues(
  values: ReadonlyMap<string, string>,
  environment: Environment,
  defaultDatabase: string,
  problems: ConninfoProblem[],
): Conninfo | undefined {
  const reader = new ValueReader(values, problems);
  const user = values.get('user') ?? environment.userName;
  if (user === undefined)
    problems.push({
      kind: 'value',
      severity: 'error',
      message: 'no user is named, and the operating system knows none',
      keyword: 'user',
    });
  const hosts = readHosts(reader, environment);
  const database = values.get('dbname') ?? defaultDatabase;
  const sslmode = readSslMode(reader);
  const requireAuth = values.get('require_auth');
  const authProblem = requireAuth === undefined ? undefined : requireAuthProblem(requireAuth);
  if (authProblem !== undefined) reader.fail('require_auth', authProblem);
  const rest = {
    sslmode,
    ...certificates(values, sslmode === 'disable' ? undefined : environment),
    connectTimeout: reader.integer('connect_timeout', 0, 2_147_483),
    targetSessionAttrs: reader.oneOf('target_session_attrs', sessionAttributes) ?? 'any',
    options: values.get('options'),
    ...(requireAuth === undefined ? {} : { requireAuth }),
  };
  if (sslmode !== 'disable' && rest.sslkey !== undefined) checkKeyFile(rest.sslkey, environment, problems);
  for (const [keyword, value] of values) {
    if (value.includes('\0'))
      problems.push({ kind: 'value', severity: 'error', message: `${keyword} contains a NUL byte`, keyword });
  }
  if (user === undefined || hosts === undefined) return undefined;

  const password =
    values.get('password') ??
    passwordFromFile(values.get('passfile'), { user, database }, hosts, environment, problems);
  return Object.freeze({
    hosts,
    user,
    database,
    password: password === undefined ? undefined : new Secret(password),
    ...rest,
  });
}

class ValueReader {
  constructor(
    readonly values: ReadonlyMap<string, string>,
    readonly problems: ConninfoProblem[],
  ) {}

  list(keyword: string): readonly string[] {
    return (this.values.get(keyword) ?? '').split(',');
  }

  oneOf<T extends string>(keyword: string, allowed: readonly T[]): T | undefined {
    const value = this.values.get(keyword);
    if (value === undefined) return undefined;
    const fit = allowed.find(one => one === value);
    if (fit === undefined) this.fail(keyword, `${keyword} must be one of ${allowed.join(', ')}`);
    return fit;
  }

  integer(keyword: string, least: number, most: number): number | undefined {
    const value = this.values.get(keyword);
    return value === undefined ? undefined : this.integerOf(keyword, value, least, most);
  }

  integerOf(keyword: string, value: string, least: number, most: number): number | undefined {
    const number = /^\s*\+?\d+\s*$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    this.fail(keyword, `${keyword} must be a whole number from ${String(least)} to ${String(most)}`);
    return undefined;
  }

  fail(keyword: string, message: string): void {
    this.problems.push({ kind: 'value', severity: 'error', message, keyword });
  }
}

/** Hosts with their ports: as many ports as hosts, or one for all. */
function readHosts(reader: ValueReader, environment: Environment): Conninfo['hosts'] | undefined {
  const hosts = reader.list('host');
  const ports = reader.list('port');
  if (ports.length !== 1 && ports.length !== hosts.length) {
    reader.fail(
      'port',
      `there are ${String(ports.length)} ports for ${String(hosts.length)} host${hosts.length === 1 ? '' : 's'}`,
    );
    return undefined;
  }
  const pairs = hosts.map((host, index) => {
    const port = ports.length === 1 ? ports[0] : ports[index];
    return {
      host: host === '' ? defaultHost(environment) : host,
      port: port === undefined || port === '' ? 5432 : reader.integerOf('port', port, 1, 65_535),
    };
  });
  return pairs.every((pair): pair is { host: string; port: number } => pair.port !== undefined)
    ? Object.freeze(pairs.map(pair => Object.freeze(pair)))
    : undefined;
}

/**
 * The system's authorities vouch for anybody who has a name: libpq asks for verify-full with them, and takes no less.
 */
function readSslMode(reader: ValueReader): SslMode {
  const given = reader.oneOf('sslmode', sslmodes);
  if (reader.values.get('sslrootcert') !== 'system') return given ?? 'prefer';
  if (given !== undefined && given !== 'verify-full')
    reader.fail('sslmode', `sslmode=${given} is too weak for sslrootcert=system: it must be verify-full`);
  return 'verify-full';
}

/** As libpq: the key belongs to its user alone, or to root and may be read by a group. */
function checkKeyFile(path: string, environment: Environment, problems: ConninfoProblem[]): void {
  if (!environment.hasFileModes) return;
  const mode = environment.readFile(path)?.mode;
  // A file that is not here is said when it is needed: a spec may be looked at on another machine.
  if (mode === undefined) return;
  const open = environment.ownsFile?.(path) === false ? 0o037 : 0o077;
  if ((mode & open) === 0) return;
  problems.push({
    kind: 'value',
    severity: 'error',
    message: `others may read the key file "${path}"`,
    keyword: 'sslkey',
    hint: `chmod 600 ${path}`,
  });
}

/** libpq's default is the socket folder that it was built with: Debian's, or /tmp. */
function defaultHost(environment: Environment): string {
  if (!environment.hasFileModes) return 'localhost';
  return environment.exists('/var/run/postgresql') ? '/var/run/postgresql' : '/tmp';
}

/** Certificate files, with libpq's defaults in ~/.postgresql where `environment` is given. */
function certificates(
  values: ReadonlyMap<string, string>,
  environment: Environment | undefined,
): Pick<Conninfo, 'sslrootcert' | 'sslcert' | 'sslkey' | 'sslcrl'> {
  const home = (file: string): string | undefined => {
    const path = environment?.home === undefined ? undefined : `${environment.home}/.postgresql/${file}`;
    return path !== undefined && environment?.exists(path) === true ? path : undefined;
  };
  const sslcert = values.get('sslcert') ?? home('postgresql.crt');
  const sslcrl = values.get('sslcrl') ?? home('root.crl');
  return {
    ...(sslcrl === undefined ? {} : { sslcrl }),
    sslrootcert: values.get('sslrootcert') ?? home('root.crt'),
    sslcert,
    sslkey: values.get('sslkey') ?? (sslcert === undefined ? undefined : home('postgresql.key')),
  };
}
