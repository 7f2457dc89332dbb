import { isInvalid } from '../inspect/selection.js';
import { shownName } from '../postgres/relation-key.js';
import { movedTables } from '../inspect/moved-tables.js';
import type { DatabaseListing, Facts } from '../inspect/facts.js';
import { providerDatabases } from '../inspect/managed.js';
import type { Plan } from '../plan/plan.js';
import type { DatabaseSelection } from '../spec/spec.js';
import { namesLeftOutAtMost } from '../state/history.js';
import type { DatabaseInventory, History, NotedFinding } from '../state/lockfile.js';

/** What there is to move, what stays behind and what is known of it, for the report at the end. */
export function inventoryOf({
  facts,
  plan,
  selection,
}: {
  readonly facts: Facts;
  readonly plan: Plan;
  readonly selection: DatabaseSelection;
}): Pick<History, 'databases' | 'left_out' | 'findings'> {
  return {
    databases: Object.fromEntries(facts.databases.map(database => [database.name, databaseInventory(database)])),
    left_out: facts.source.kind === 'server' ? leftOutDatabases(facts, facts.source.databases, selection) : [],
    findings: plan.findings.flatMap(({ code, severity, status, database, message }): NotedFinding[] =>
      (severity === 'info' || severity === 'warning') && status !== 'change'
        ? [{ code, severity, ...(database === undefined ? {} : { database }), message }]
        : [],
    ),
  };
}

function databaseInventory(database: Facts['databases'][number]): DatabaseInventory {
  const moved = movedTables(database);
  const leftOut = database.source.tables.filter(table => !table.inScope && table.extension === null).map(shownName);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  return {
    tables: moved.length,
    bytes: sum(moved.map(({ dataBytes }) => dataBytes)),
    index_bytes: sum(moved.map(({ indexBytes }) => indexBytes)),
    tables_left_out: leftOut.length,
    names_left_out: leftOut.slice(0, namesLeftOutAtMost),
  };
}

function leftOutDatabases(
  { databases }: Facts,
  listing: readonly DatabaseListing[],
  selection: DatabaseSelection,
): History['left_out'] {
  const migrated = new Set(databases.map(({ name }) => name));
  return listing
    .filter(({ name }) => !migrated.has(name) && !/^template[01]$/.test(name))
    .map(database => ({ database: database.name, why: whyLeftOut(database, selection) }));
}

function whyLeftOut(
  { name, isTemplate, allowsConnections, connectionLimit }: DatabaseListing,
  { include, exclude }: DatabaseSelection,
): string {
  if (exclude.includes(name)) return 'excluded by the spec';
  if (include !== null && !include.includes(name)) return 'not named by the spec';
  if (providerDatabases.has(name)) return "the provider's own";
  if (!allowsConnections) return 'allows no connections';
  if (isInvalid({ connectionLimit })) return 'left invalid by an interrupted DROP DATABASE';
  if (isTemplate) return 'is a template';
  return name === 'postgres' ? 'holds nothing of the user' : 'could not be read';
}
