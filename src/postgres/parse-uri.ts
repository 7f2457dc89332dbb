import { conninfoKeywords } from './conninfo-keywords.js';
import type { ConninfoProblem } from './conninfo-problem.js';

/** libpq keywords and their values, as found in one text. */
export interface ConninfoValues {
  readonly values: Map<string, string>;
  readonly problems: ConninfoProblem[];
}

const percentHint =
  'In a URI, percent-encode reserved characters of the user and password: @ is %40, : is ' +
  '%3A, / is %2F, % is %25. Or give the password apart from the URI.';

export function isConnectionUri(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text);
}

/**
 * Reads a connection URI by libpq's rules: `postgresql://[user[:password]@][host][:port][,…][/dbname][?key=value&…]`.
 * Whatever is wrong is in `problems`; they quote nothing that may be a part of a password.
 */
export function parseConnectionUri(text: string): ConninfoValues {
  const rest = text.slice(text.indexOf('//') + 2);
  const found: ConninfoValues = { values: new Map(), problems: [] };
  const authority = /^[^@/]*@/.exec(rest)?.[0];
  if (authority !== undefined) readUser(authority.slice(0, -1), found);
  const afterUser = rest.slice(authority?.length ?? 0);

  const [path, query] = cut(readHosts(afterUser, found), '?');
  store(found, 'dbname', path.replace(/^\//, ''), 'database name');
  for (const pair of query === undefined || query === '' ? [] : query.split('&')) readParameter(pair, found);

  return withoutStrayAt(found, afterUser, path);
}

function readUser(text: string, found: ConninfoValues): void {
  const [user, password] = cut(text, ':');
  store(found, 'user', user, 'user');
  if (password !== undefined) store(found, 'password', password, 'password');
}

/** Reads `host:port,host:port` and gives what follows: path and query. */
function readHosts(text: string, found: ConninfoValues): string {
  const hosts: string[] = [];
  const ports: string[] = [];
  let at = 0;
  for (;;) {
    const bracketed = /^\[([^\]]*)(\])?/.exec(text.slice(at));
    let host: string;
    if (bracketed === null) {
      host = /^[^:/?,]*/.exec(text.slice(at))?.[0] ?? '';
      at += host.length;
    } else {
      host = bracketed[1] ?? '';
      at += bracketed[0].length;
      if (bracketed[2] === undefined) syntaxError(found, 'the "[" before an IPv6 address has no matching "]"');
      else if (host === '') syntaxError(found, 'there is no address between "[" and "]"');
      else if (!/^([:/?,]|$)/.test(text.slice(at)))
        syntaxError(found, 'after the "]" of an IPv6 address, ":", "/", "?" or "," must follow');
    }
    const port = /^:([^/?,]*)/.exec(text.slice(at));
    at += port?.[0].length ?? 0;
    hosts.push(host);
    ports.push(port?.[1] ?? '');
    if (text[at] !== ',') break;
    at += 1;
  }
  store(found, 'host', hosts.join(','), 'host');
  if (ports.some(port => port !== '')) store(found, 'port', ports.join(','), 'port');
  return text.slice(at);
}

function readParameter(pair: string, found: ConninfoValues): void {
  const [key, value] = cut(pair, '=');
  const keyword = decode(key);
  if (keyword === undefined || keyword === '') syntaxError(found, 'a query parameter has no valid name');
  else if (value === undefined) syntaxError(found, `the query parameter "${keyword}" has no "="`, keyword);
  else if (value.includes('='))
    syntaxError(
      found,
      `the query parameter "${keyword}" has more than one "="`,
      keyword,
      'Write a "=" inside the value as %3D.',
    );
  else if (keyword === 'ssl' && value === 'true')
    found.values.set('sslmode', 'require'); // as JDBC writes it
  else store(found, keyword, value, `query parameter "${keyword}"`);
}

function store(found: ConninfoValues, keyword: string, text: string, what: string): void {
  if (text === '' && keyword !== 'sslmode' && keyword !== 'target_session_attrs') return;
  const value = decode(text);
  if (value === undefined) syntaxError(found, `the ${what} has an invalid percent-encoding`, keyword, percentHint);
  else found.values.set(keyword, value);
}

/** Undefined when a `%` is not followed by two hex digits, stands for NUL, or the bytes are not UTF-8. */
function decode(text: string): string | undefined {
  if (/%00/.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * An unencoded `@` or `/` in a password moves the rest of the password into the host, port, database or query; the
 * problems found there must not quote it, so one that names the cause stands for all of them. Stricter than libpq,
 * which takes an `@` in the database's name for granted.
 */
function withoutStrayAt(found: ConninfoValues, afterUser: string, path: string): ConninfoValues {
  const stray = afterUser.includes('@');
  const isMoved =
    /@/.test(path) || /@/.test(found.values.get('host') ?? '') || /[^0-9,]/.test(found.values.get('port') ?? '');
  const badKeywords = [...found.values.keys()].some(keyword => !conninfoKeywords.has(keyword));
  if (!stray || (found.problems.length === 0 && !isMoved && !badKeywords)) return found;
  return {
    values: new Map(),
    problems: [
      {
        kind: 'syntax',
        severity: 'error',
        message: 'the URI has an "@", "/" or ":" where none belongs',
        hint: percentHint,
      },
    ],
  };
}

function syntaxError(found: ConninfoValues, message: string, keyword?: string, hint?: string): void {
  found.problems.push({
    kind: 'syntax',
    severity: 'error',
    message,
    ...(keyword === undefined ? {} : { keyword }),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The text before and after the first `separator`; one part where there is none. */
function cut(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
