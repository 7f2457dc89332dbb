import type { DatabaseContents, TableFacts } from '../inspect/facts.js';

/**
 * Tables that must travel together: a TRUNCATE of several that foreign keys join is sent to each lane with that lane's
 * tables alone, and the target refuses to empty a table that one of another lane refers to, without rows or with. A
 * partitioned table has its foreign keys on every partition too [pg_constraint, 12 to 19].
 * @returns groups in the order of their first table; a table without foreign keys is one by itself
 */
export function joinedTables(
  tables: readonly TableFacts[],
  references: DatabaseContents['references'],
): readonly (readonly TableFacts[])[] {
  const leaders = new Map<string, string>();
  const leaderOf = (oid: string): string => {
    let at = oid;
    for (let next = leaders.get(at); next !== undefined; next = leaders.get(at)) at = next;
    return at;
  };
  for (const [child, parent] of references) {
    const [a, b] = [leaderOf(child), leaderOf(parent)];
    if (a !== b) leaders.set(a, b);
  }
  const groups = new Map<string, TableFacts[]>();
  for (const table of tables) {
    const leader = leaderOf(table.oid);
    const group = groups.get(leader);
    if (group === undefined) groups.set(leader, [table]);
    else group.push(table);
  }
  return [...groups.values()];
}
