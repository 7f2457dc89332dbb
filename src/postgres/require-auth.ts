import type pg from 'pg';

/** Ways to log in that pgm knows, by libpq's names; `none`: the server asks for nothing. */
const methods = ['password', 'md5', 'scram-sha-256', 'none'] as const;
type Method = (typeof methods)[number];

/** Names that libpq knows beside them (require_auth). */
const others: readonly string[] = ['gss', 'sspi', 'oauth', 'creds'];

/** What is wrong with a `require_auth`, by libpq's rules; undefined: nothing. */
export function requireAuthProblem(value: string): string | undefined {
  const words = value.split(',').map(word => word.trim());
  const negated = words.filter(word => word.startsWith('!')).length;
  if (negated !== 0 && negated !== words.length) return 'require_auth names methods with and without "!"';
  const unknown = words.find(word => ![...methods, ...others].includes(word.replace(/^!/, '')));
  if (unknown !== undefined) return `require_auth: "${unknown}" is no method`;
  return permitted(value).size === 0 ? 'require_auth leaves no method that pgm knows' : undefined;
}

function permitted(value: string): ReadonlySet<Method> {
  const words = value.split(',').map(word => word.trim());
  return new Set(
    words.some(word => word.startsWith('!'))
      ? methods.filter(method => !words.includes(`!${method}`))
      : methods.filter(method => words.includes(method)),
  );
}

interface Handlers {
  _handleAuthCleartextPassword(message: unknown): void;
  _handleAuthMD5Password(message: unknown): void;
  _handleAuthSASL(message: unknown): void;
  _handleAuthSASLFinal(message: unknown): void;
  readonly connection: NodeJS.EventEmitter & { readonly stream: { destroy(error: Error): void } };
}

/**
 * A server that asks for another way than the user demands gets no password, and one that asks for none no statement.
 */
export function enforceRequireAuth(client: pg.Client, value: string): void {
  const allowed = permitted(value);
  const handlers = client as unknown as Handlers;
  let proven: Method = 'none';
  const refuse = (method: Method): void => {
    handlers.connection.emit(
      'error',
      new Error(`authentication method requirement "${value}" failed: the server asked for ${method}`),
    );
  };
  const guard = (
    name: '_handleAuthCleartextPassword' | '_handleAuthMD5Password' | '_handleAuthSASL',
    method: Method,
  ): void => {
    const handle = handlers[name].bind(client);
    handlers[name] = message => {
      if (!allowed.has(method)) {
        refuse(method);
        return;
      }
      if (method !== 'scram-sha-256') proven = method;
      handle(message);
    };
  };
  guard('_handleAuthCleartextPassword', 'password');
  guard('_handleAuthMD5Password', 'md5');
  guard('_handleAuthSASL', 'scram-sha-256');
  const final = handlers._handleAuthSASLFinal.bind(client);
  handlers._handleAuthSASLFinal = message => {
    // Only now the server has shown that it knows the password.
    proven = 'scram-sha-256';
    final(message);
  };
  handlers.connection.on('authenticationOk', () => {
    if (!allowed.has(proven)) refuse(proven);
  });
}
