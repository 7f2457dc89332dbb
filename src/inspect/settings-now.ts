import type { Connection } from '../postgres/connection.js';

/** One setting as the server and its files have it. */
export interface SettingInFiles {
  readonly value: string;
  readonly altered: string | null;
  readonly beneath: string | null;
  readonly filesReadable: boolean;
}

const settingsSql = `
select name, setting as value, boot_val as boot
from pg_settings
where name = any ($1)`;

/** The last line of a name counts, ALTER SYSTEM's own file is read last. */
const filesSql = `
select distinct on (name, altered) name, setting as value, altered
from (
  select name, setting, seqno, sourcefile like '%postgresql.auto.conf' as altered
  from pg_file_settings
  where name = any ($1)
) lines
order by name, altered, seqno desc`;

/** Asked when it matters, since somebody may have changed them meanwhile. */
export async function readSettingsNow(
  connection: Connection,
  names: readonly string[],
): Promise<ReadonlyMap<string, SettingInFiles>> {
  const rows = await connection.rows<{ name: string; value: string; boot: string | null }>(settingsSql, [names]);
  const lines = await connection
    .rows<{ name: string; value: string | null; altered: boolean }>(filesSql, [names])
    .catch(() => null);
  const inFile = (name: string, altered: boolean): string | null =>
    lines?.find(line => line.name === name && line.altered === altered)?.value ?? null;
  return new Map(
    rows.map(({ name, value, boot }) => [
      name,
      {
        value,
        altered: inFile(name, true),
        beneath: lines === null ? null : (inFile(name, false) ?? boot),
        filesReadable: lines !== null,
      },
    ]),
  );
}
