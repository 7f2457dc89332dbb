import { quoteLiteral } from '../postgres/identifiers.js';
import { privateStatement, sensitive, sendPrivately, withConninfo } from '../postgres/private-statement.js';
import type { Connection } from '../postgres/connection.js';
import type { ArchiveEntry } from './archive-script.js';

/** Their options may be passwords. */
const types: ReadonlySet<string> = new Set([
  'SUBSCRIPTION',
  'USER MAPPING',
  'SERVER',
  'FOREIGN DATA WRAPPER',
  'FOREIGN TABLE',
]);

/** `"quoted"` or plain, then a literal; pg_dump writes values with backslashes as E'…'. */
const option = /(?:"(?:[^"]|"")+"|\w+) (E?'(?:[^']|'')*')/g;
const connection = /^(CREATE SUBSCRIPTION (?:"(?:[^"]|"")+"|\S+)) CONNECTION (E?'(?:[^']|'')*')/m;

export function isPrivate({ type, sql }: ArchiveEntry): boolean {
  return types.has(type) && (sql.includes('OPTIONS (') || connection.test(sql));
}

/** As errors may show it. */
export function shownEntry(entry: ArchiveEntry): string {
  return isPrivate(entry) ? `-- ${entry.type} ${entry.name} ${sensitive}` : entry.sql;
}

/** Within the caller's transaction. @param sql of the entry, or a part of it */
export async function sendEntryPrivately(session: Connection, entry: ArchiveEntry, sql: string): Promise<void> {
  const [statement, create, literal] = connection.exec(sql) ?? [];
  if (statement !== undefined && create !== undefined && literal !== undefined) {
    // The server warns of a subscription that is not connected, with the statement as the warning's context in its log:
    // so it is made without a secret, and told it afterwards.
    await session.execute(sql.replace(statement, () => `${create} CONNECTION 'password=none'`));
    await sendPrivately(
      session,
      withConninfo(
        valueOf(literal),
        conninfo => `ALTER${create.slice('CREATE'.length)} CONNECTION ${quoteLiteral(conninfo)}`,
      ),
    );
    return;
  }
  const secrets = [...sql.matchAll(option)].map(([, value = '']) => valueOf(value)).filter(({ length }) => length > 3);
  await sendPrivately(
    session,
    privateStatement([sql, ...secrets], ([text = '']) => (text === sensitive ? shownEntry(entry) : text)),
  );
}

function valueOf(literal: string): string {
  const inner = literal.slice(literal.indexOf("'") + 1, -1).replaceAll("''", "'");
  return literal.startsWith('E') ? inner.replaceAll('\\\\', '\\') : inner;
}
