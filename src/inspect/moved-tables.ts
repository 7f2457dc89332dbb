import type { DatabaseFacts, TableFacts } from './facts.js';

/**
 * Tables whose rows are copied: ordinary ones and partitions, logged or not, that the spec wants. No extension's are.
 */
export function movedTables(database: DatabaseFacts): readonly TableFacts[] {
  return database.source.tables.filter(table => table.kind === 'r' && table.inScope && table.persistence !== 't');
}

/** Tables that are published. */
export function publishedTables(database: DatabaseFacts): readonly TableFacts[] {
  return movedTables(database).filter(table => table.persistence === 'p');
}
