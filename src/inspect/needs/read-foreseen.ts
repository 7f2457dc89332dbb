import type { Conninfo } from '../../postgres/conninfo.js';
import { StatementError } from '../../postgres/errors.js';
import { reading } from '../reading.js';
import type { Foreseen } from './needs.js';
import { readPathlessFunctions } from './read-code.js';
import { readNeeds } from './read-needs.js';
import { readRefusedValues } from './read-refused-values.js';
import { readUnmet } from './unmet-needs.js';

export interface ForeseenQuestion {
  readonly database: string;
  readonly source: { readonly conninfo: Conninfo; readonly versionNum: number };
  readonly target: {
    readonly conninfo: Conninfo;
    readonly versionNum: number;
    /** undefined: the target has none yet, and its maintenance database answers. */
    readonly database: string | undefined;
  };
}

/** One session on each side. */
export async function readForeseen({ database, source, target }: ForeseenQuestion): Promise<Foreseen> {
  try {
    const { needs, ...found } = await reading(source.conninfo, database, async connection => ({
      needs: await readNeeds(connection, source.versionNum, target.versionNum),
      pathless: await readPathlessFunctions(connection, source.versionNum),
      refusedValues: await readRefusedValues(connection, source.versionNum),
    }));
    const unmet = await reading(target.conninfo, target.database, connection => readUnmet(connection, needs));
    return { unmet, ...found, failure: null };
  } catch (error) {
    if (error instanceof StatementError) return { unmet: [], pathless: [], refusedValues: [], failure: error.message };
    throw error;
  }
}
