import { unblockStatements } from '../cutover/block-statements.js';
import type { BlockRecord, Lockfile } from '../state/lockfile.js';
import { openDatabase, type OpenDatabaseInput } from '../steps/open-database.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { leftShut, shutBySwitch, shutRecords, unfinishedSwitch } from './half-switch.js';

type Side = 'source' | 'target';
type Opening = Omit<OpenDatabaseInput, 'fenced'>;

export interface OpeningsPlan {
  readonly steps: readonly PlannedStep[];
  readonly stays: readonly string[];
}

const sideOf = (event: 'cutover' | 'failback'): Side => (event === 'cutover' ? 'source' : 'target');
const otherThan = (server: Side): Side => (server === 'source' ? 'target' : 'source');

/**
 * A switch shuts the server that hands over: the source after a cutover, the target after failback. One that was not
 * finished left the writes where they were, and opens them; one that was cut off behind its point of no return has
 * handed them over, and opens the server that took them, which it may have shut before. After one that was finished
 * both sides would take writes, so that the server that handed over is opened only when asked for.
 * @param there which databases the servers have, and which of them are migrated
 * @param passed the switch that is not finished is past the commit that shuts the side which hands over
 */
export function planOpenings(
  known: Lockfile | null,
  there: {
    readonly migrated: readonly string[];
    has(server: Side, database: string): boolean;
    isFenced(server: Side, database: string): boolean;
  },
  { open, passed }: { readonly open: boolean; readonly passed: boolean },
  after: readonly string[],
): OpeningsPlan {
  const inputs: Opening[] = [];
  const stays: string[] = [];
  const unfinished = unfinishedSwitch(known);
  const handedOver = (server: Side, event: 'cutover' | 'failback', records: readonly BlockRecord[]): void => {
    const other = otherThan(server);
    for (const record of records) {
      const { database } = record;
      if (open) {
        const reason = `BESIDE THE ${other.toUpperCase()}, which has the writes since the ${event}: rows written there reach nobody`;
        inputs.push(opening(server, database, record, reason));
        continue;
      }
      inputs.push({ server, database, record: null, opens: false, reason: 'it stays shut by its settings' });
      stays.push(
        `${server}/${database} stays shut (read-only, no right to connect), since the ${other} has the writes. ` +
          `To open it: pgm destroy --open, or later: ${unblockStatements([record]).join('; ')}`,
      );
    }
  };
  // Where the databases could not be shut, their tables were.
  const openAll = (server: Side, left: readonly BlockRecord[], reason: string): void => {
    const records = new Map(left.map(record => [record.database, record]));
    for (const database of new Set([...records.keys(), ...there.migrated]))
      inputs.push(opening(server, database, records.get(database) ?? null, reason));
  };
  if (unfinished !== null && passed) {
    const { event, block, ahead } = unfinished;
    const server = sideOf(event);
    const taker = otherThan(server);
    const left = ahead ?? shutRecords(known, taker);
    if (left !== null) openAll(taker, left, `it has the writes since the ${event}`);
    handedOver(server, event, block);
  } else {
    const event = unfinished?.event ?? 'cutover';
    for (const record of unfinished?.block ?? [])
      inputs.push(opening(sideOf(event), record.database, record, `the ${event} was not finished`));
    for (const server of ['source', 'target'] as const) {
      const ahead = server === sideOf(event) ? null : unfinished?.ahead;
      const left = shutBySwitch(known, server).length > 0 ? null : (ahead ?? leftShut(known, server));
      if (left !== null) openAll(server, left, 'the switch to it was not finished');
    }
    for (const each of ['cutover', 'failback'] as const)
      handedOver(sideOf(each), each, shutBySwitch(known, sideOf(each)));
  }
  // What is gone needs no opening, and what only lacks its triggers none either.
  const present = inputs
    .filter(({ server, database }) => there.has(server, database))
    .map(input => ({ ...input, fenced: there.isFenced(input.server, input.database) }))
    .filter(({ record, fenced }) => record !== null || fenced);
  return { steps: stepsOf(present, after), stays };
}

/** A switch, finished or not, has shut it: it is the only one left. */
export function planOpeningsAlone(
  known: Lockfile | null,
  side: Side,
  fenced: readonly string[],
  after: readonly string[],
): readonly PlannedStep[] {
  const unfinished = unfinishedSwitch(known);
  const handsOver = sideOf(unfinished?.event ?? 'cutover');
  const under = unfinished === null ? [] : ((handsOver === side ? unfinished.block : unfinished.ahead) ?? []);
  const records = new Map(
    [...shutBySwitch(known, side), ...(leftShut(known, side) ?? []), ...under].map(record => [record.database, record]),
  );
  const inputs = [...new Set([...records.keys(), ...fenced])].map(database =>
    opening(side, database, records.get(database) ?? null, 'the other server is gone'),
  );
  return stepsOf(
    inputs.map(input => ({ ...input, fenced: fenced.includes(input.database) })),
    after,
  );
}

function opening(server: Side, database: string, record: BlockRecord | null, reason: string): Opening {
  return { server, database, record, opens: true, reason };
}

/** Each database of a server once: what opens it goes before what only takes its triggers away. */
function stepsOf(inputs: readonly OpenDatabaseInput[], after: readonly string[]): readonly PlannedStep[] {
  const byPlace = new Map<string, OpenDatabaseInput>();
  for (const input of inputs) {
    const place = JSON.stringify([input.server, input.database]);
    const other = byPlace.get(place);
    if (other === undefined || (input.opens && !other.opens)) byPlace.set(place, input);
  }
  return [...byPlace.values()].map(input => planned(openDatabase, input, after));
}
