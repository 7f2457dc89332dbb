import { createHash } from 'node:crypto';
import type { Conninfo } from '../postgres/conninfo.js';
import type { Secret } from '../postgres/secret.js';
import type { SpecFile } from './spec-file.generated.js';
import type { Advertise, CutoverOptions, Spec, StateLocation } from './spec.js';
import { parseDuration, parseSize } from './units.js';

export interface SpecConnections {
  readonly source: Conninfo;
  readonly target: Conninfo;
  /** Passwords of the roles that are advertised. */
  readonly advertised: Readonly<Record<'source' | 'target', Secret | undefined>>;
  readonly pgbouncer: Conninfo | undefined;
  readonly state: Conninfo | undefined;
}

/**
 * Fills in the defaults of a spec that has been found right.
 * @param path absolute
 */
export function buildSpec(file: SpecFile, connections: SpecConnections, path: string, text: string): Spec {
  const method = file.method ?? 'auto';
  const { source, databases, copy, replication } = file;
  return deepFreeze({
    path,
    sha256: createHash('sha256').update(text).digest('hex'),
    name: file.name,
    source: {
      connection: connections.source,
      advertise: advertise(source.advertise, connections.advertised.source),
      restart: source.restart ?? 'manual',
      hba: { addresses: source.hba?.addresses ?? [], method: source.hba?.method ?? 'scram-sha-256' },
    },
    target: {
      connection: connections.target,
      advertise: advertise(file.target.advertise, connections.advertised.target),
    },
    method,
    goal: file.goal ?? (method === 'dump' ? 'ready' : 'synced'),
    databases: {
      include: databases?.include ?? null,
      exclude: databases?.exclude ?? [],
      tables: { include: databases?.tables?.include ?? null, exclude: databases?.tables?.exclude ?? [] },
    },
    roles: file.roles ?? 'copy',
    replicaIdentity: { missing: file.replica_identity?.missing ?? 'block' },
    copy: {
      jobs: copy?.jobs ?? null,
      indexJobs: copy?.index_jobs ?? null,
      splitAbove: bytes(copy?.split_above),
      format: copy?.format ?? 'auto',
    },
    replication: {
      lanes: replication?.lanes ?? 1,
      maxLag: bytes(replication?.max_lag) ?? 1024 ** 2,
      maxRetainedWal: bytes(replication?.max_retained_wal),
      failover: replication?.failover ?? 'auto',
    },
    cutover: cutoverOptions(file, method),
    pgbouncer:
      connections.pgbouncer === undefined
        ? null
        : { admin: connections.pgbouncer, databases: file.cutover?.pgbouncer?.databases ?? [] },
    targetRows: file.target_rows ?? 'block',
    approval: { review: file.approval?.review ?? [] },
    schemaChanges: file.schema_changes ?? 'ask',
    verify: file.verify ?? 'full',
    state: stateLocation(connections.state),
  });
}

function advertise(written: SpecFile['source']['advertise'], password: Secret | undefined): Advertise {
  const { password: _, ...rest } = written ?? {};
  return { ...rest, ...(password === undefined ? {} : { password }) };
}

function cutoverOptions({ cutover }: SpecFile, method: Spec['method']): CutoverOptions {
  return {
    freeze: cutover?.freeze ?? 'locks',
    timeout: (cutover?.timeout === undefined ? undefined : parseDuration(cutover.timeout)) ?? 30_000,
    failback: cutover?.failback ?? method !== 'dump',
    compare:
      cutover?.compare === 'all'
        ? 'all'
        : ((cutover?.compare === undefined ? undefined : parseDuration(cutover.compare)) ?? 20),
    watch: (cutover?.watch === undefined ? undefined : parseDuration(cutover.watch)) ?? 10_000,
    hooks: {
      before: hooks(cutover?.hooks?.before ?? []),
      switch: hooks(cutover?.hooks?.switch ?? []),
      after: hooks(cutover?.hooks?.after ?? []),
      timeout: (cutover?.hooks?.timeout === undefined ? undefined : parseDuration(cutover.hooks.timeout)) ?? 300_000,
      rehearse: cutover?.hooks?.rehearse ?? false,
    },
  };
}

/** One argv array, `[./switch.sh, --now]`, or a list of them. */
function hooks(written: readonly (string | readonly string[])[]): readonly (readonly string[])[] {
  const lists = written.filter(hook => typeof hook !== 'string');
  const one = written.filter(hook => typeof hook === 'string');
  return one.length === 0 ? lists : [one];
}

function stateLocation(connection: Conninfo | undefined): StateLocation {
  return connection === undefined ? { kind: 'file' } : { kind: 'postgres', connection };
}

function bytes(size: number | string | undefined): number | null {
  return size === undefined ? null : (parseSize(size) ?? null);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
