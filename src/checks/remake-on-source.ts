import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import { shownName } from '../postgres/relation-key.js';

/**
 * After the cutover: what is typed so that reverse replication brings a table of the target whose name the source has
 * for an old one. The old one is dropped, which is said, since nobody else has its rows any more. One that was emptied
 * instead would stay in the subscription, which copies a table only once, and the record of the pairs knows it still.
 * @param published the publication of the way back has it already
 */
export function remakeOnSource(
  table: { readonly schema: string; readonly name: string },
  back: string,
  published: boolean,
): string {
  const [name, shown, lane] = [qualifiedName(table), shownName(table), quoteIdentifier(back)];
  return [
    'set default_transaction_read_only = off;   -- on the source, which the cutover has shut',
    `drop table ${name};   -- on the source: this LOSES the rows of its old ${shown}, which the target's does not ` +
      'have; where they matter, keep them first with pg_dump --table',
    `-- make ${shown} on the source as it is on the target (pg_dump --schema-only --table), then`,
    ...(published ? [] : [`alter publication ${lane} add table only ${name};   -- on the target`]),
    `alter subscription ${lane} refresh publication;   -- on the source: copies its rows from the target`,
    '-- or stay on the target: write `goal: cutover` in the spec',
  ].join('\n');
}
