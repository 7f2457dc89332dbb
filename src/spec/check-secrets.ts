import { parseKeywordString } from '../postgres/parse-keyword-string.js';
import { isConnectionUri, parseConnectionUri } from '../postgres/parse-uri.js';
import { warning, type Mistake } from './mistake.js';
import type { SpecView } from './spec-view.js';
import { expandVariables } from './variables.js';
import type { YamlPath } from './yaml-tree.js';

const connections: readonly YamlPath[] = [
  ['source', 'connection'],
  ['target', 'connection'],
  ['cutover', 'pgbouncer', 'admin'],
  ['state', 'postgres'],
];
const passwords: readonly YamlPath[] = [
  ['source', 'password'],
  ['target', 'password'],
  ['source', 'advertise', 'password'],
  ['target', 'advertise', 'password'],
];
const replaced = '\u0001';

/** Passwords that stand in the file itself, also as the default of a variable. */
export function* checkSecrets(view: SpecView, env: Readonly<Record<string, string | undefined>>): Generator<Mistake> {
  for (const path of [...passwords, ...connections]) {
    const scalar = view.scalar(path);
    if (scalar === undefined || scalar.text === '') continue;
    const literal = expandVariables(scalar.text, name =>
      env[name] === undefined || env[name] === '' ? undefined : replaced,
    ).text;
    const password = passwords.includes(path) ? literal : passwordIn(literal);
    if (password === undefined || password === '' || password.includes(replaced) || password.includes('${')) continue;
    const words = path.length > 2 && passwords.includes(path) ? path.slice(0, -1) : path.slice(0, 1);
    const name = `${words.join('_').toUpperCase()}_${passwords.includes(path) ? 'PASSWORD' : 'URL'}`;
    yield warning(
      'PGMS034',
      scalar.span,
      `a password stands in ${path.join('.')}`,
      `Take it from the environment: \${${name}}`,
    );
  }
}

function passwordIn(connection: string): string | undefined {
  const parsed = isConnectionUri(connection) ? parseConnectionUri(connection) : parseKeywordString(connection);
  return parsed.values.get('password');
}
