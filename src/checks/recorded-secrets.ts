import type { ServerFacts } from '../inspect/facts.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import type { Check, CheckInput, Seen } from './check.js';

/** What keeps a recorder from recording, for the role that pgm connects as. */
const quiet: Readonly<Record<string, string>> = {
  'pg_stat_statements.track': 'top',
  'pgaudit.log': 'none',
  log_min_messages: 'warning',
};

export const recordedSecrets: Check = {
  code: 'PGM420',
  slug: 'recorded-secrets',
  title: 'Passwords in logs and statistics',
  scope: 'any',
  why:
    'A subscription holds the password that it connects with, a role its hash, a user mapping the password of a ' +
    'foreign server. pgm sends such statements within a block that does not show them, and switches off what ' +
    'records statements within others; what the role may not switch off has them for anyone who reads it.',
  decided:
    'Of a role that is no superuser and has no SET on the parameter: pg_stat_statements.track is all, ' +
    'pgaudit.log has ddl, role or all, or log_min_messages is one of debug. The source is checked where ' +
    'it is to follow the target (cutover.failback). plan itself sends no password.',
  remedy:
    'Let the role set the setting, or set it for the role: alter role … set ' +
    'pg_stat_statements.track to top. Otherwise change these passwords after the migration.',
  run: input => sides(input).flatMap(([server, facts]) => [...recorded(server, facts), ...hidden(server, facts)]),
};

/** Where statements with secrets are sent. */
function sides({
  source,
  target,
  continuous,
  failback,
}: CheckInput): readonly (readonly [Seen['server'], ServerFacts])[] {
  return [
    ...(target === null ? [] : [['target', target] as const]),
    ...(source === null || !continuous || !failback ? [] : [['source', source] as const]),
  ];
}

function recorded(server: Seen['server'], { recorders, user }: ServerFacts): readonly Seen[] {
  return recorders.map(({ name, value }) => ({
    severity: 'warning',
    server,
    object: name,
    message:
      `${name} is ${value} on the ${server}, and role ${user.name} may not set it: what records there ` +
      'has the passwords of subscriptions, roles and user mappings that pgm makes',
    current: value,
    required: quiet[name] ?? 'none',
    remedy: `alter role ${quoteIdentifier(user.name)} set ${name} to ${quoteLiteral(quiet[name] ?? 'none')};`,
  }));
}

/** Told, since whoever audits will look for these statements. */
function hidden(server: Seen['server'], { settings, user }: ServerFacts): readonly Seen[] {
  const value = settings.get('log_statement')?.value;
  if (user.superuser || (value !== 'ddl' && value !== 'mod' && value !== 'all')) return [];
  return [
    {
      severity: 'info',
      server,
      object: 'log_statement',
      message:
        `log_statement is ${value} on the ${server}: the log has what pgm ` +
        'sends, with (sensitive) for each password',
    },
  ];
}
