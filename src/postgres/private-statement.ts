import type { Connection } from './connection.js';
import { StatementError } from './errors.js';
import { setUnseen } from './function-call.js';
import { quoteLiteral } from './identifiers.js';
import { parseKeywordString } from './parse-keyword-string.js';
import { Secret } from './secret.js';

/** A statement that holds a secret. Nothing but {@link sendPrivately} has its text; everything else shows `shown`. */
export interface PrivateStatement {
  readonly sql: Secret;
  /** The same with `(sensitive)` for each secret. */
  readonly shown: string;
  /** What may be seen nowhere: it is taken out of what the server says. */
  readonly secrets: readonly Secret[];
}

export const sensitive = '(sensitive)';

/** @param build the statement's text, of the secrets or of what is shown in their place */
export function privateStatement(
  secrets: readonly string[],
  build: (secrets: readonly string[]) => string,
): PrivateStatement {
  return {
    sql: new Secret(build(secrets)),
    shown: build(secrets.map(() => sensitive)),
    secrets: secrets.map(secret => new Secret(secret)),
  };
}

/** A statement with a connection string: what the server quotes of it may also be its password alone. */
export function withConninfo(conninfo: string, build: (conninfo: string) => string): PrivateStatement {
  const password = parseKeywordString(conninfo).values.get('password');
  return privateStatement([conninfo, ...(password === undefined ? [] : [password])], ([text = sensitive]) =>
    build(text),
  );
}

/**
 * Sends a statement that holds a secret: the only place that does.
 *
 * Its text comes as a setting, by a message that no log and no view shows, and a DO block executes it:
 * pg_stat_activity, the log at any log_statement and log_min_duration_statement, pg_stat_statements, and what event
 * triggers ask of current_query() have the block, which says the statement without the secret. What records statements
 * within others, and the log's context of warnings, is switched off where the role may: see {@link recorders}. Errors
 * come without the context that would quote the statement.
 * @throws StatementError without the secret
 */
export async function sendPrivately(connection: Connection, statement: PrivateStatement): Promise<void> {
  if (!connection.isInTransaction) return connection.transaction(() => sendPrivately(connection, statement));
  try {
    if (await hasBlocks(connection)) {
      const [sql, ...secrets] = [statement.sql, ...statement.secrets].map(secret => secret.reveal());
      await setUnseen(connection, holder, JSON.stringify({ sql, secrets: secrets.filter(secret => secret !== '') }));
      await connection.execute(block(statement.shown), statement.shown);
    } else {
      // Somebody dropped plpgsql here, or took it away from this role.
      await connection.execute(quietly([...recorders, ...ofTopLevel]));
      await connection.execute(statement.sql.reveal(), statement.shown);
    }
  } catch (error) {
    throw error instanceof StatementError ? withoutSecrets(error, statement) : error;
  }
}

const holder = 'pgm.statement';

const hasBlocksSql = `
select exists (
  select from pg_language l
  where l.lanname = 'plpgsql' and has_language_privilege(l.oid, 'usage')
) as "hasBlocks"`;

async function hasBlocks(connection: Connection): Promise<boolean> {
  return (await connection.row<{ hasBlocks: boolean }>(hasBlocksSql)).hasBlocks;
}

type Setting = readonly [name: string, value: string];

/**
 * What records statements that run within another. Warnings, waits for locks and the end of a session by an
 * administrator are logged with the statement as their context, csvlog and jsonlog whatever log_error_verbosity says.
 */
export const recorders: readonly Setting[] = [
  ['log_min_messages', 'panic'],
  ['pg_stat_statements.track', 'none'],
  ['pgaudit.log', 'none'],
  ['pg_stat_monitor.pgsm_track', 'none'],
  ['debug_print_raw_parse', 'off'],
  ['debug_print_parse', 'off'],
  ['debug_print_rewritten', 'off'],
  ['debug_print_plan', 'off'],
];

/** What records a statement that is sent by itself. */
const ofTopLevel: readonly Setting[] = [
  ['track_activities', 'off'],
  ['log_statement', 'none'],
  ['log_min_duration_statement', '-1'],
  ['log_min_duration_sample', '-1'],
  ['log_min_error_statement', 'panic'],
  ['pg_stat_statements.track_utility', 'off'],
];

/** Sets for the transaction what this server knows and this role may set. */
function quietly(settings: readonly Setting[]): string {
  const values = settings.map(([name, value]) => `(${quoteLiteral(name)}, ${quoteLiteral(value)})`).join(', ');
  return `select pg_catalog.set_config(s.name, w.value, true)
from (values ${values}) as w (name, value)
join pg_catalog.pg_settings s on s.name operator(pg_catalog.=) w.name
where s.context operator(pg_catalog.=) 'user' or pg_catalog.current_setting('is_superuser') operator(pg_catalog.=)
  'on'`;
}

/**
 * Which settings a role may set is tried, since from 15 on each may be granted. `others` is all but a cancelled
 * statement; an error that is caught is not logged, and one that is raised anew has no context of the first and no
 * secret. What has the statement in it are simple expressions, which auto_explain does not see with their parameters.
 */
function block(shown: string): string {
  const values = recorders.map(([name, value]) => `(${quoteLiteral(name)}, ${quoteLiteral(value)})`).join(', ');
  const body = `
-- ${shown.replaceAll(/\s+/g, ' ')}
declare
  statement pg_catalog.json := pg_catalog.current_setting('${holder}');
  secret pg_catalog.text;
  each pg_catalog.record;
  code pg_catalog.text;
  said pg_catalog.text;
  more pg_catalog.text;
  advice pg_catalog.text;
begin
  perform pg_catalog.set_config('${holder}', '', true);
  for each in
    select s.name, w.value
    from (values ${values}) as w (name, value)
    join pg_catalog.pg_settings s on s.name operator(pg_catalog.=) w.name
  loop
    begin
      perform pg_catalog.set_config(each.name, each.value, true);
    exception when insufficient_privilege then
      null;
    end;
  end loop;
  begin
    execute statement operator(pg_catalog.->>) 'sql';
  exception when query_canceled or others then
    get stacked diagnostics
      code = returned_sqlstate, said = message_text, more = pg_exception_detail, advice = pg_exception_hint;
    for at in 0 .. pg_catalog.json_array_length(statement operator(pg_catalog.->) 'secrets') - 1 loop
      secret := statement operator(pg_catalog.->) 'secrets' operator(pg_catalog.->>) at;
      said := pg_catalog.replace(said, secret, '${sensitive}');
      more := pg_catalog.replace(more, secret, '${sensitive}');
      advice := pg_catalog.replace(advice, secret, '${sensitive}');
    end loop;
    raise exception using errcode = code, message = said, detail = more, hint = advice;
  end;
end`;
  return `do ${quoteLiteral(body)}`;
}

function withoutSecrets(error: StatementError, { shown, secrets }: PrivateStatement): StatementError {
  const clean = (text: string | undefined): string | undefined => {
    if (text === undefined || text === '') return undefined;
    return secrets
      .map(secret => secret.reveal())
      .filter(secret => secret !== '')
      .reduce((left, secret) => left.replaceAll(secret, sensitive), text);
  };
  const cause = Object.assign(new Error(clean(error.message) ?? ''), {
    code: error.code,
    detail: clean(error.detail),
    hint: clean(error.hint),
  });
  return new StatementError(cause, shown, error.survived);
}
