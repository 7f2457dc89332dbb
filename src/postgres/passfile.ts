/** Fields of one connection that a password file is searched with. */
export interface PassfileQuery {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * Password of the first line of a `.pgpass` text that fits: `hostname:port:database:username:password`, where `*`
 * fits everything and `\` escapes `:` and `\`. A socket folder fits its own path, the usual ones also `localhost`.
 */
export function findPassword(text: string, query: PassfileQuery): string | undefined {
  const hosts = ['/var/run/postgresql', '/run/postgresql', '/tmp'].includes(query.host)
    ? [query.host, 'localhost']
    : [query.host];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const [host, port, database, user, password] = splitFields(line);
    if (
      host === undefined ||
      port === undefined ||
      database === undefined ||
      user === undefined ||
      password === undefined
    )
      continue;
    const fits =
      hosts.some(name => matches(host, name)) &&
      matches(port, String(query.port)) &&
      matches(database, query.database) &&
      matches(user, query.user);
    if (fits) return unescape(password);
  }
  return undefined;
}

/** Fields between unescaped colons, escapes left in place. */
function splitFields(line: string): string[] {
  const fields = [''];
  for (const [piece] of line.matchAll(/\\[\s\S]|[\s\S]/g)) {
    if (piece === ':') fields.push('');
    else fields.push((fields.pop() ?? '') + piece);
  }
  return fields;
}

function matches(field: string, value: string): boolean {
  return field === '*' || unescape(field) === value;
}

function unescape(field: string): string {
  return field.replaceAll(/\\([\s\S])/g, '$1');
}
