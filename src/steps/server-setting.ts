import type { Connection } from '../postgres/connection.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import type { StepKind } from './step-kind.js';

export interface ServerSettingInput {
  readonly server: 'source' | 'target';
  readonly name: string;
  readonly before: string;
  readonly value: string;
  /** Why, in a few words. */
  readonly reason: string;
}

export function alterSystem(name: string, value: string | null): string {
  return value === null ? `alter system reset ${quoteIdentifier(name)}` : `alter system set ${quoteIdentifier(name)} = ${quoteLiteral(value)}`;
}

/** What postgresql.auto.conf says; a role that may not read it gets no row and the undo is RESET. */
const autoConfSql = `
select setting
from pg_file_settings
where name = $1 and sourcefile like '%postgresql.auto.conf'
order by seqno desc
limit 1`;

export async function settingInAutoConf(connection: Connection, name: string): Promise<string | null> {
  const rows = await connection.rows<{ setting: string }>(autoConfSql, [name]).catch(() => []);
  return rows[0]?.setting ?? null;
}

export const serverSetting: StepKind<ServerSettingInput> = {
  kind: 'server-setting',

  describe: ({ server, name, before, value, reason }) => ({
    title: `set ${name} (${reason})`,
    action: 'update',
    server,
    object: name,
    statements: [`${alterSystem(name, value)};`],
    diff: { name, before, after: value },
    reversible: true,
  }),

  async run(context, { server, name, value }) {
    const open = server === 'source' ? context.withSource.bind(context) : context.withTarget.bind(context);
    const database = context.spec[server].connection.database;
    return open(database, async connection => {
      const before = await settingInAutoConf(connection, name);
      await context.state.recordSetting(`${server}/${name}`, before, value);
      await connection.execute(alterSystem(name, value));
      return { outcome: `${name} = ${value}` };
    });
  },
};
