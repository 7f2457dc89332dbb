import { didYouMean } from '../did-you-mean.js';
import type { Conninfo } from './conninfo.js';
import { conninfoFromValues } from './conninfo-from-values.js';
import { conninfoKeywords } from './conninfo-keywords.js';
import { ConninfoError, type ConninfoProblem } from './conninfo-problem.js';
import type { Environment } from './environment.js';
import { parseKeywordString } from './parse-keyword-string.js';
import { isConnectionUri, parseConnectionUri } from './parse-uri.js';
import { serviceValues } from './service.js';

/** A connection in separate fields; `connection`, a URI or keyword string, may hold a part of them. */
export interface ConninfoFields {
  readonly connection?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly passfile?: string;
  readonly service?: string;
  readonly database?: string;
  readonly sslmode?: string;
  readonly sslrootcert?: string;
  readonly sslcert?: string;
  readonly sslkey?: string;
}

export interface ResolveOptions {
  /** Database to connect to where nothing names one. Default: `postgres`, which a server nearly always has. */
  readonly defaultDatabase?: string;
}

/** What a description came to: `conninfo` is there unless a problem is an error. */
export interface ReadConninfo {
  readonly conninfo: Conninfo | undefined;
  readonly problems: readonly ConninfoProblem[];
}

/**
 * Where and how to connect, by libpq's rules: what the description says, then its service, then the environment
 * (PGHOST …), then defaults; the password also from the password file.
 * @throws ConninfoError with everything that is wrong
 */
export function resolveConninfo(
  input: string | ConninfoFields,
  environment: Environment,
  options: ResolveOptions = {},
): Conninfo {
  const { conninfo, problems } = readConninfo(input, environment, options);
  if (conninfo === undefined) throw new ConninfoError(problems.filter(problem => problem.severity === 'error'));
  return conninfo;
}

/** As {@link resolveConninfo}, with the problems, warnings too, as data. */
export function readConninfo(
  input: string | ConninfoFields,
  environment: Environment,
  options: ResolveOptions = {},
): ReadConninfo {
  const problems: ConninfoProblem[] = [];
  const given = givenValues(typeof input === 'string' ? { connection: input } : input, problems);
  if (problems.some(isError)) return { conninfo: undefined, problems };
  checkKeywords(given, problems);

  const values = new Map([...fromVariables(environment), ...serviceValues(given, environment, problems), ...given]);
  checkDemands(values, problems);
  const conninfo = conninfoFromValues(values, environment, options.defaultDatabase ?? 'postgres', problems);
  return { conninfo: problems.some(isError) ? undefined : conninfo, problems };
}

function isError(problem: ConninfoProblem): boolean {
  return problem.severity === 'error';
}

/** Empty values of these are mistakes, as in libpq: an empty sslmode must not end in less than what was meant. */
const neverEmpty: readonly string[] = ['sslmode', 'target_session_attrs'];

/** What the description itself says, as libpq keywords; an empty value says nothing. */
function givenValues(fields: ConninfoFields, problems: ConninfoProblem[]): Map<string, string> {
  const { connection, database, ...others } = fields;
  const values = connection === undefined ? new Map<string, string>() : parseConnection(connection, problems);
  for (const [keyword, value] of Object.entries({ ...others, dbname: database })) {
    if (value === undefined || value === '') continue;
    const text = String(value);
    const field = keyword === 'dbname' ? 'database' : keyword;
    const before = values.get(keyword);
    if (before !== undefined && before !== '' && before !== text) {
      problems.push({
        kind: 'conflict',
        severity: 'error',
        message: `${field} is given twice, in the connection string and as a field, and differs`,
        keyword: field,
        hint: 'Keep one of the two.',
      });
    }
    values.set(keyword, text);
  }
  return new Map([...values].filter(([keyword, value]) => value !== '' || neverEmpty.includes(keyword)));
}

function parseConnection(connection: string, problems: ConninfoProblem[]): Map<string, string> {
  if (connection.trim() === '') {
    problems.push({
      kind: 'syntax',
      severity: 'error',
      message: 'the connection string is empty',
      keyword: 'connection',
    });
    return new Map();
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(connection)?.[1];
  if (scheme !== undefined && !isConnectionUri(connection)) {
    problems.push({
      kind: 'syntax',
      severity: 'error',
      message: `"${scheme}://" is not a PostgreSQL connection`,
      keyword: 'connection',
      hint: 'A connection URI begins with postgres:// or postgresql://.',
    });
    return new Map();
  }
  const parsed = isConnectionUri(connection) ? parseConnectionUri(connection) : parseKeywordString(connection);
  problems.push(...parsed.problems);
  return parsed.values;
}

function checkKeywords(values: Map<string, string>, problems: ConninfoProblem[]): void {
  for (const keyword of values.keys()) {
    const known = conninfoKeywords.get(keyword);
    if (known === undefined) problems.push(unknownKeyword(keyword));
    else if (known.support === 'refused') {
      problems.push({
        kind: 'unsupported',
        severity: 'error',
        message: `pgm does not support the connection keyword "${keyword}"`,
        keyword,
        ...(known.instead === undefined ? {} : { hint: known.instead }),
      });
    }
  }
}

/** Also what comes from a service or the environment: a demand of the user's that nobody keeps is worse than none. */
function checkDemands(values: ReadonlyMap<string, string>, problems: ConninfoProblem[]): void {
  for (const [keyword, value] of values) {
    const known = conninfoKeywords.get(keyword);
    if (known?.support !== 'demand' || value === '' || known.harmless?.includes(value) === true) continue;
    problems.push({
      kind: 'unsupported',
      severity: 'error',
      message: `pgm cannot keep ${keyword}=${value}${known.variable === undefined ? '' : ` (or ${known.variable})`}`,
      keyword,
      ...(known.instead === undefined ? {} : { hint: known.instead }),
    });
  }
}

function unknownKeyword(keyword: string): ConninfoProblem {
  const meant =
    keyword === 'database' ? 'dbname' : keyword === 'username' ? 'user' : didYouMean(keyword, conninfoKeywords.keys());
  const hint = meant === undefined ? 'The keywords are those of libpq.' : `Did you mean "${meant}"?`;
  return {
    kind: 'unknown-keyword',
    severity: 'error',
    message: `unknown connection keyword "${keyword}"`,
    keyword,
    hint,
  };
}

/** Defaults from the environment; an empty variable is as good as none. */
function fromVariables({ env }: Environment): Map<string, string> {
  const values = new Map<string, string>();
  for (const [keyword, { variable }] of conninfoKeywords) {
    const value = variable === undefined ? undefined : env[variable];
    if (value !== undefined && value !== '') values.set(keyword, value);
  }
  return values;
}
