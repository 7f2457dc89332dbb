import { Gauge, Registry } from 'prom-client';
import type { LaneStatus, MigrationState } from '../apply/status.js';
import type { Look } from '../apply/watch-events.js';

const states: readonly MigrationState[] = [
  'not-started',
  'prepared',
  'copying',
  'syncing',
  'cut-over',
  'ready',
  'stopped',
  'failed',
];

/**
 * A look as Prometheus reads it (text exposition format). What is not known is left out rather than said to be 0.
 * The same names are documented in docs/metrics.md, which a test compares.
 */
export async function renderMetrics(name: string, { status, at }: Look): Promise<string> {
  const registry = new Registry();
  registry.setDefaultLabels({ migration: name });
  const gauge = (metric: string, help: string, ...labelNames: string[]): Gauge =>
    new Gauge({ name: `pgm_${metric}`, help, labelNames, registers: [registry] });
  gauge('up', '1 when both servers answered when last asked').set(status === null ? 0 : 1);
  gauge('last_look_timestamp_seconds', 'when the servers were last read').set(Date.parse(at) / 1000);
  if (status === null) return registry.metrics();
  const state = gauge('state', '1 for the state that the migration is in', 'state');
  for (const each of states) state.set({ state: each }, each === status.state ? 1 : 0);
  const drift = gauge('drift_findings', 'findings of drift by severity', 'severity');
  for (const severity of ['warning', 'error'] as const)
    drift.set({ severity }, status.drift.filter(finding => finding.severity === severity).length);
  if (status.cutover !== null)
    gauge('write_stop_seconds', 'how long writes were stopped at the last cutover').set(
      status.cutover.write_stop_ms / 1000,
    );
  const tables = gauge('tables', 'tables in scope', 'database');
  const copied = gauge('tables_copied', 'tables whose rows are on the target', 'database');
  const bytes = gauge('bytes', 'bytes of the tables in scope', 'database');
  const bytesCopied = gauge('bytes_copied', 'bytes copied', 'database');
  const rowsCopied = gauge('rows_copied', 'rows copied', 'database');
  const active = gauge('lane_active', '1 when an apply worker is connected', 'database', 'lane', 'direction');
  const failing = gauge('lane_failing', '1 when the lane is stopped by an error', 'database', 'lane', 'direction');
  const lag = gauge('lane_lag_bytes', 'WAL from the last applied to the last written', 'database', 'lane', 'direction');
  const late = gauge('lane_lag_seconds', 'age of what was applied last', 'database', 'lane', 'direction');
  const retained = gauge('lane_retained_wal_bytes', 'WAL that the slot keeps', 'database', 'lane', 'direction');
  for (const database of status.databases) {
    const of = { database: database.name };
    tables.set(of, database.tables.total);
    copied.set(of, database.tables.copied);
    bytes.set(of, database.bytes.total);
    bytesCopied.set(of, database.bytes.copied);
    rowsCopied.set(of, database.rows_copied);
    for (const lane of database.lanes) {
      const labels = { ...of, lane: lane.name, direction: lane.direction };
      active.set(labels, lane.active ? 1 : 0);
      failing.set(labels, lane.error === null ? 0 : 1);
      setKnown(lag, labels, lane.lag_bytes);
      setKnown(late, labels, lane.lag_seconds);
      setKnown(retained, labels, lane.retained_wal_bytes);
    }
  }
  return registry.metrics();
}

function setKnown(gauge: Gauge, labels: Record<string, string>, value: LaneStatus['lag_bytes']): void {
  if (value !== null) gauge.set(labels, value);
}
