import type { Connection } from '../postgres/connection.js';
import { parseBlock } from './block-record.js';
import type { Lockfile, ShutRecord } from './lockfile.js';
import { isLineage, isRecord } from './outside.js';
import { forgetDetail, rememberDetail } from './stage-details.js';

/** The side that an undone switch left shut, as the target remembers it for a lockfile that is lost or older. */
export interface RememberedShut {
  readonly lineage: string;
  readonly shut: ShutRecord;
}

/** The row of pgm.stage whose detail has it. */
export const leftShutStage = 'left shut';

/** What a target's table says, as input from outside: it becomes GRANT and ALTER DATABASE. */
export function parseRememberedShut(value: unknown): RememberedShut | null {
  if (!isRecord(value) || !isLineage(value.lineage) || !isRecord(value.shut)) return null;
  const { side } = value.shut;
  const block = parseBlock(value.shut.block);
  if ((side !== 'source' && side !== 'target') || block === null) return null;
  return { lineage: value.lineage, shut: { side, block: [...block] } };
}

/** @param remembered null: no side is left shut */
export async function rememberShut(
  target: Connection,
  migration: string,
  remembered: RememberedShut | null,
): Promise<void> {
  await (remembered === null
    ? forgetDetail(target, migration, leftShutStage)
    : rememberDetail(target, migration, leftShutStage, JSON.stringify(remembered)));
}

/**
 * What the lockfile does not know of: it is lost, or came out of an older commit. One that knows of a switch under way
 * knows what that has shut.
 */
export function missedShut(lockfile: Lockfile | null, remembered: readonly RememberedShut[]): RememberedShut | null {
  if (lockfile?.shut !== undefined) return null;
  if ((lockfile?.cutover ?? null) !== null && lockfile?.cutover?.state !== 'finished') return null;
  return remembered.find(({ lineage }) => lockfile === null || lineage === lockfile.lineage) ?? null;
}
