import { quotedByOne } from '../../postgres/majors.js';
import { has } from '../../postgres/since.js';

/**
 * What the same definition looks like on servers of different majors: the one place that knows. Everything else is
 * compared as the servers write it.
 */
export interface BetweenMajors {
  /** `pg_get_viewdef` and the like: 16 on leaves the table's name off the columns of a query of one table. */
  readonly withoutQualifiers: boolean;
  /** 17 brings the privilege MAINTAIN, which ALL has there from then on. */
  readonly withoutMaintain: boolean;
  /** 15 on, schema public belongs to pg_database_owner, and not everybody may create in it. */
  readonly withoutPublicsRights: boolean;
  /** Names that the newer one of both writes in quotes. */
  readonly withoutQuotes: readonly string[];
}

/** @param versions `server_version_num` of both sides */
export function betweenMajors(...versions: readonly number[]): BetweenMajors {
  const crosses = (major: number): boolean =>
    versions.some(version => version < major * 10_000) && versions.some(version => version >= major * 10_000);
  return {
    withoutQualifiers: crosses(16),
    withoutMaintain: versions.some(version => !has(version, 'maintain')),
    withoutPublicsRights: crosses(15),
    withoutQuotes: quotedByOne(...versions),
  };
}
