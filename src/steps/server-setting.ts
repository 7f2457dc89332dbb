import type { Connection } from '../postgres/connection.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { settingKey } from '../state/settable.js';
import type { StepKind } from './step-kind.js';

export interface ServerSettingInput {
  readonly server: 'source' | 'target';
  readonly name: string;
  readonly before: string;
  readonly value: string;
  /** Why, in a few words. */
  readonly reason: string;
  /** To be put back when the load is over; left out: it stays until destroy. */
  readonly until?: 'loaded';
}

export function alterSystem(name: string, value: string | null): string {
  return value === null
    ? `alter system reset ${quoteIdentifier(name)}`
    : `alter system set ${quoteIdentifier(name)} = ${quoteLiteral(value)}`;
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

  async run(context, { server, name, value, until }) {
    const open = server === 'source' ? context.withSource.bind(context) : context.withTarget.bind(context);
    const database = context.spec[server].connection.database;
    return open(database, async connection => {
      const before = await settingInAutoConf(connection, name);
      const setting = { kind: 'server-setting', server, name } as const;
      const key = settingKey(setting);
      const known = context.state.read().settings[key];
      // Changed by somebody else since a load that was cut off: that is what comes back then.
      if (known?.kind === 'server-setting' && known.until === 'loaded' && before !== known.after)
        await context.state.forgetSetting(key);
      await context.state.recordSetting({
        ...setting,
        before,
        after: value,
        ...(until === undefined ? {} : { until }),
      });
      await connection.execute(alterSystem(name, value));
      return { outcome: `${name} = ${value}` };
    });
  },
};
