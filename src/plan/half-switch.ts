import type { BlockRecord, Lockfile, SwitchUnderWay } from '../state/lockfile.js';
import { lastSwitch } from '../state/remembered-switch.js';

/** A switch that was interrupted. */
export interface HalfSwitch {
  readonly event: 'cutover' | 'failback';
  /** The old side is shut: it is finished, not undone. */
  readonly passed: boolean;
  /** Clients have moved by a hook and write on the new side, but the old one was not shut: that is done first. */
  readonly shuts: boolean;
  readonly record: SwitchUnderWay;
  /**
   * A hook had moved clients, and both sides were written to since: neither to finish nor to undo it is right without a
   * decision.
   */
  readonly bothWritten: BothWritten | null;
}

/** In one database: row changes that only one side has, and the slots that hold them. */
export interface BothWritten {
  readonly database: string;
  readonly onOld: number;
  readonly onNew: number;
  readonly forward: readonly string[];
  readonly back: string;
}

/** The record of a switch that is not finished; null: none is under way. */
export function unfinishedSwitch(lockfile: Lockfile | null): SwitchUnderWay | null {
  const record = lockfile?.cutover ?? null;
  return record === null || record.state === 'finished' ? null : record;
}

/**
 * What the block on one server replaced, as the last finished switch left it; empty: that server handed nothing over.
 */
export function shutBySwitch(lockfile: Lockfile | null, side: 'source' | 'target'): readonly BlockRecord[] {
  const last = lastSwitch(lockfile);
  const handedOver = last?.event === 'failback' ? 'target' : 'source';
  return last === null || handedOver !== side ? [] : last.block;
}

/** The same as a switch to it left it that failed after its hooks had begun; null: none did. */
export function leftShut(lockfile: Lockfile | null, side: 'source' | 'target'): readonly BlockRecord[] | null {
  const kept = lockfile?.shut;
  return kept?.side === side ? kept.block : null;
}

/** What opening one server puts back; null: it is open. */
export function shutRecords(lockfile: Lockfile | null, side: 'source' | 'target'): readonly BlockRecord[] | null {
  const block = shutBySwitch(lockfile, side);
  return block.length > 0 ? block : leftShut(lockfile, side);
}

/**
 * Message and remedy. A slot that is dropped says that its side's rows are taken care of: the next plan goes the other
 * way.
 */
export function bothWrittenInWords(
  event: HalfSwitch['event'],
  { database, onOld, onNew, forward, back }: BothWritten,
): readonly [message: string, remedy: string] {
  const [old, next] = event === 'cutover' ? ['source', 'target'] : ['target', 'source'];
  const drop = (slots: readonly string[]): string =>
    slots.map(slot => `select pg_drop_replication_slot('${slot}');`).join(' ');
  return [
    `the ${event} was interrupted after a hook had moved clients, and both sides of "${database}" ` +
      `were written to since: ${onOld} row changes on the ${old} alone, ${onNew} on the ${next} ` +
      'alone. To undo or to finish it would leave one of them behind',
    [
      `point all clients to one side; \`pgm verify --values\` names the rows. Then either`,
      `stay on the ${old}: copy over what the ${next} alone has, delete there what it inserted (the lane ` +
        `would meet those rows again), then on the ${next}: ${drop([back])} The next apply undoes the ${event}`,
      `or go on with the ${next}: see that nobody writes on the ${old}, bring over what it alone ` +
        'has, delete there what it inserted (the reverse lane would meet those rows again), then ' +
        `there: ${drop(forward)} The next apply finishes the ${event}`,
    ].join('\n'),
  ];
}
