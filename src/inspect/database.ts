import { relationKey } from '../postgres/relation-key.js';
import type { Conninfo } from '../postgres/conninfo.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import type { DatabaseSelection } from '../spec/spec.js';
import { ownObjectsProblems } from '../state/own-objects.js';
import { readProgress } from '../state/progress.js';
import { readDependants } from './dependants.js';
import type { DatabaseContents, Provider, SequenceFacts } from './facts.js';
import { contentsShape } from './facts-shape.generated.js';
import { holdShape } from './hold-shape.js';
import { ownOf } from './managed.js';
import { readObjects } from './objects.js';
import { reading } from './reading.js';
import { readRowsPresent } from './rows-present.js';
import { tableFilter } from './selection.js';
import { readSequences } from './sequences.js';
import { readTables } from './tables.js';
import { readTypes } from './types.js';
import { readViolations } from './violations.js';

export interface DatabaseQuestion {
  readonly conninfo: Conninfo;
  readonly database: string;
  readonly versionNum: number;
  readonly side: 'source' | 'target';
  /** `server_version_num` of the target; 0: not known. */
  readonly receiver: number;
  /** The migration's name: whose progress to read. */
  readonly migration: string;
  /** Of the source: what it keeps for itself is left out. */
  readonly provider: Provider | null;
  readonly tables: DatabaseSelection['tables'];
}

export interface DatabaseAnswer {
  readonly contents: DatabaseContents;
  /** Patterns of the table filter that matched something here. */
  readonly matched: ReadonlySet<string>;
}

/** Reads one database in a constant number of queries, whatever it holds. @throws StatementError */
export async function readDatabase(question: DatabaseQuestion): Promise<DatabaseAnswer> {
  return reading(question.conninfo, question.database, connection => read(connection, question));
}

async function read(
  connection: Connection,
  { database, side, versionNum, receiver, migration, provider, tables: selection }: DatabaseQuestion,
): Promise<DatabaseAnswer> {
  const objects = await readObjects(connection, versionNum);
  const types = await readTypes(connection, versionNum);
  const tables = await readTables(connection, versionNum, types, receiver);
  const sequences = await readSequences(connection);
  const violatedConstraints = side === 'source' ? await readViolations(connection) : [];
  const ownProblems = await ownObjectsProblems(connection, 'pgm');
  const progress = side === 'target' ? await readProgress(connection, migration) : null;
  const copied = new Set(progress?.parts.map(relationKey));
  const present = side === 'target' ? await readRowsPresent(connection, tables, copied) : new Map<string, boolean>();
  const matched = new Set<string>();
  const { schemas: providerSchemas = [], extensions: providerExtensions = [] } = ownOf(provider);
  const filter = tableFilter(selection, tables, matched, providerSchemas);
  for (const table of tables) {
    table.inScope = table.extension === null && filter.wants(table);
    table.hasRows = present.get(table.oid) ?? null;
  }
  const wanted = new Set(tables.filter(table => table.inScope).map(({ schema }) => schema));
  const kept = objects.schemas
    .map(({ name }) => name)
    .filter(name => providerSchemas.includes(name) && !wanted.has(name));
  const isKept = ({ schema }: { readonly schema: string }): boolean => kept.includes(schema);
  const outside = new Set(tables.filter(table => !table.inScope).map(table => table.oid));
  const leftOut = tables.filter(table => !table.inScope && table.extension === null).map(table => table.oid);
  const { dependants, sharedSequences } = await readDependants(connection, side === 'source' ? leftOut : []);
  const sequencesInScope = sequences.map(({ tableOid, ...sequence }): SequenceFacts => ({
    ...sequence,
    inScope:
      tableOid === null ? !isKept(sequence) : !outside.has(tableOid) || sharedSequences.has(relationKey(sequence)),
    withoutOwner: tableOid !== null && outside.has(tableOid) && sharedSequences.has(relationKey(sequence)),
  }));
  const withoutKept: Pick<DatabaseContents, 'schemas' | 'materializedViews' | 'foreignTables' | 'providersOwn'> = {
    schemas: objects.schemas.filter(({ name }) => !kept.includes(name)),
    materializedViews: objects.materializedViews.filter(view => !isKept(view)),
    foreignTables: objects.foreignTables.filter(table => !isKept(table)),
    providersOwn: {
      schemas: kept,
      extensions: objects.extensions
        .filter(extension => providerExtensions.includes(extension.name) || isKept(extension))
        .map(({ name }) => name),
    },
  };
  return {
    contents: holdShape(
      {
        ...objects,
        ...withoutKept,
        dependants,
        tables,
        sequences: sequencesInScope,
        progress,
        ownProblems,
        violatedConstraints,
      },
      contentsShape,
      `database ${quoteIdentifier(database)}`,
    ),
    matched,
  };
}
