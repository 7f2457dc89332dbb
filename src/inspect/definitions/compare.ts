import type { Conninfo } from '../../postgres/conninfo.js';
import type { Connection } from '../../postgres/connection.js';
import type { DatabaseContents, ServerFacts } from '../facts.js';
import { reading } from '../reading.js';
import { foreignSchemas } from '../tables.js';
import { readColumnHistories, type ColumnHistory } from './column-history.js';
import { readHistoriesBack } from './columns-handed-over.js';
import { betweenMajors, type BetweenMajors } from './between-majors.js';
import {
  definitionDifferences,
  definitionKinds,
  type Definition,
  type DefinitionDifference,
  type DefinitionKind,
} from './definition.js';
import { readFingerprint, type Fingerprint, type Scope } from './fingerprint.js';
import { definitionsSql } from './queries.js';

export interface ComparedSide {
  readonly conninfo: Conninfo;
  readonly server: ServerFacts;
  readonly contents: DatabaseContents;
}

/**
 * Objects of one database that the two sides define differently: a fingerprint a kind, by one query on each side, and
 * the definitions of those kinds alone whose fingerprints differ. @throws StatementError
 */
export async function compareDefinitions(
  database: string,
  source: ComparedSide,
  target: ComparedSide,
  migration: string,
): Promise<{
  readonly differences: readonly DefinitionDifference[];
  readonly histories: readonly ColumnHistory[] | null;
  readonly historiesBack: readonly ColumnHistory[] | null;
  readonly fingerprints?: { readonly source: Fingerprint; readonly target: Fingerprint };
}> {
  const roles = new Set(target.server.roles.map(({ name }) => name));
  const shared = source.server.roles.map(({ name }) => name).filter(name => roles.has(name));
  const kept = source.contents.providersOwn.schemas;
  const scope = ({ contents }: ComparedSide): Scope => ({
    schemas: [...foreignSchemas, 'pgm_state', ...kept],
    relations: contents.tables.filter(({ inScope, extension }) => !inScope && extension === null).map(({ oid }) => oid),
    roles: shared,
  });
  const between = betweenMajors(source.server.versionNum, target.server.versionNum);
  return reading(source.conninfo, database, here =>
    reading(target.conninfo, database, async there => {
      const sides = [
        { connection: here, side: source, scope: scope(source) },
        { connection: there, side: target, scope: scope(target) },
      ] as const;
      const [a, b] = await Promise.all(
        sides.map(each =>
          readFingerprint(each.connection, { versionNum: each.side.server.versionNum, between, scope: each.scope }),
        ),
      );
      const differing = definitionKinds.filter(kind => a?.kinds[kind] !== b?.kinds[kind]);
      const fingerprints = a === undefined || b === undefined ? {} : { fingerprints: { source: a, target: b } };
      const histories = await readColumnHistories(here, there, migration);
      const historiesBack = await readHistoriesBack(there, migration);
      if (differing.length === 0) return { differences: [], histories, historiesBack, ...fingerprints };
      const [ours, theirs] = await Promise.all(
        sides.map(each => definitions(each.connection, differing, each.side.server.versionNum, between, each.scope)),
      );
      const leftBehind = new Set(source.contents.dependants.map(({ name }) => name));
      const providers = new Set(source.contents.providersOwn.extensions);
      const differences = definitionDifferences(ours ?? [], theirs ?? []).filter(
        ({ kind, identity, of }) =>
          !leftBehind.has(identity) &&
          !(of !== null && leftBehind.has(of.replace(/^\w+ /, ''))) &&
          !(kind === 'extension' && providers.has(identity)),
      );
      return { differences, histories, historiesBack, ...fingerprints };
    }),
  );
}

async function definitions(
  connection: Connection,
  kinds: readonly DefinitionKind[],
  versionNum: number,
  between: BetweenMajors,
  scope: Scope,
): Promise<readonly Definition[]> {
  return connection.rows<Definition>(definitionsSql(kinds, versionNum, between), [
    scope.schemas,
    scope.relations,
    scope.roles,
  ]);
}
