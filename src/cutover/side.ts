import { type RelationKey } from '../postgres/relation-key.js';
import type { Way } from '../inspect/rights.js';
import type { Conninfo } from '../postgres/conninfo.js';
import type { Relation } from '../replication/statements.js';
import type { PlannedTables } from './carried.js';

/** One of the two servers in a switch. */
export interface Side {
  /** Whose sessions they are. */
  readonly migration: string;
  readonly role: 'source' | 'target';
  readonly conninfo: Conninfo;
  readonly versionNum: number;
  /** How the other server dials this one, with the password: a libpq keyword string. */
  readonly dial: (database: string) => string;
  /** The role that it dials as, where that is one for replication alone: a switch leaves it its right to connect. */
  readonly dialsAs?: string | undefined;
}

/** One database that changes hands. */
export interface SwitchDatabase {
  readonly name: string;
  /** Every table whose rows were brought: all are locked. */
  readonly tables: readonly Relation[];
  /** Those that replication carries: all are published by the lane that leads back. */
  readonly replicated: readonly Relation[];
  /** Lanes that feed the side that takes over: publication, slot and subscription have this name. */
  readonly lanes: readonly string[];
  /** Name of the lane that will lead back. */
  readonly backLane: string;
  /** How the lane that will lead back is made, by who takes over and who hands over. */
  readonly back: { readonly publishes: Way; readonly subscribes: Way; readonly failover: boolean };
  readonly largeObjects: boolean;
  /** What the plan knew of the tables of the side that hands over. */
  readonly planned: PlannedTables;
  /** Not the migration's. */
  readonly leftOutSequences: readonly RelationKey[];
}
