import { comparedPerSecond } from '../copy/large-object-list.js';
import type { Lockfile } from '../state/lockfile.js';

export interface ExpectedWriteStop {
  /** Without the time of hooks, which only they know. */
  readonly milliseconds: number;
  /** What it is taken from: the last switch in the same direction, a rehearsal, or what there is to do. */
  readonly from: 'switch' | 'rehearsal' | 'estimate';
  /** What was measured then; null for an estimate. */
  readonly measured: { readonly milliseconds: number; readonly at: string } | null;
}

export interface WriteStopFacts {
  readonly event: 'cutover' | 'failback';
  readonly databases: number;
  readonly tables: number;
  readonly sequences: number;
  readonly largeObjectBytes: number;
  readonly answerMs: number;
  readonly lockfile: Pick<Lockfile, 'cutover' | 'rehearsal'> | null;
}

/**
 * Milliseconds on two cores with both servers on the machine, under load [measured by `npm run bench:cutover`]: one
 * small database 52, 1,000 tables with 1,000 sequences 98, 10 databases 153. A rehearsal stops before the lanes are
 * turned and the old side is shut.
 */
const costs = { begin: 45, unrehearsed: 28, aDatabase: 11, aTable: 0.03, aSequence: 0.02 } as const;

/** Times that the write stop waits for an answer, one after another. */
const roundTrips = 20;

export function expectedWriteStop(facts: WriteStopFacts): ExpectedWriteStop {
  const { lockfile, event } = facts;
  const last = lockfile?.cutover;
  if (last?.state === 'finished' && last.event === event) {
    const milliseconds = Math.round(last.write_stop_ms - (last.parts.hooks ?? 0));
    return { milliseconds, from: 'switch', measured: { milliseconds: last.write_stop_ms, at: last.finished_at } };
  }
  const rehearsal = lockfile?.rehearsal;
  if (rehearsal !== undefined && event === 'cutover') {
    // What clients see of it; one of an earlier version stopped before the lanes are turned.
    const { hooks = 0, reconnect } = rehearsal.parts;
    const rest =
      reconnect === undefined
        ? costs.unrehearsed + costs.aDatabase * (facts.databases - 1) * 0.5 + (roundTrips / 2) * facts.answerMs
        : 0;
    return {
      milliseconds: Math.round(rehearsal.write_stop_ms - hooks + rest),
      from: 'rehearsal',
      measured: { milliseconds: rehearsal.write_stop_ms, at: rehearsal.finished_at },
    };
  }
  return { milliseconds: Math.round(estimate(facts)), from: 'estimate', measured: null };
}

function estimate({ databases, tables, sequences, largeObjectBytes, answerMs }: WriteStopFacts): number {
  const work =
    costs.begin + costs.aDatabase * Math.max(0, databases - 1) + costs.aTable * tables + costs.aSequence * sequences;
  return work + roundTrips * answerMs + (largeObjectBytes / comparedPerSecond) * 1000;
}
