import type { Connection } from '../postgres/connection.js';
import { has } from '../postgres/since.js';

/** A setting by which the server records statements of pgm that are sent privately (postgres/private-statement.ts). */
export interface Recorder {
  readonly name: string;
  readonly value: string;
}

/** The settings that record statements within others, at a value at which they do, and that this role may not set. */
function recordersSql(mayBeGranted: boolean): string {
  return `
select s.name, s.setting as value
from pg_settings s
where s.context <> 'user'
  and not current_setting('is_superuser')::boolean
  ${mayBeGranted ? "and not has_parameter_privilege(s.name, 'set')" : ''}
  and (
    (s.name = 'pg_stat_statements.track' and s.setting = 'all'
      and coalesce(current_setting('pg_stat_statements.track_utility', true), 'on') = 'on')
    or (s.name = 'pgaudit.log' and s.setting ~* '(^|[ ,])(all|ddl|role)([ ,]|$)')
    or (s.name = 'log_min_messages' and s.setting ~ '(^|,) *((backend|walsender) *: *)?debug')
  )
order by s.name`;
}

/** Of this session, and so of all that this role has. Settings may be granted from 15 on. */
export async function readRecorders(connection: Connection, versionNum: number): Promise<readonly Recorder[]> {
  return connection.rows<Recorder>(recordersSql(has(versionNum, 'parameterPrivileges')));
}
