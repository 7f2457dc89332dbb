import { unblockStatements } from '../cutover/block-statements.js';
import type { BlockRecord, Lockfile } from '../state/lockfile.js';
import { openDatabase, type OpenDatabaseInput } from '../steps/open-database.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { leftShut, shutBySwitch, unfinishedSwitch } from './half-switch.js';

type Side = 'source' | 'target';
type Opening = Omit<OpenDatabaseInput, 'fenced'>;

export interface OpeningsPlan {
  readonly steps: readonly PlannedStep[];
  readonly stays: readonly string[];
}

const sideOf = (event: 'cutover' | 'failback'): Side => (event === 'cutover' ? 'source' : 'target');

/**
 * A switch shuts the server that hands over: the source after a cutover, the target after failback. One that was not
 * finished left the writes where they were, and opens them. After one that was finished both sides would take writes,
 * so that server is opened only when asked for.
 * @param there which databases the servers have, and which of them are migrated
 */
export function planOpenings(
  known: Lockfile | null,
  there: {
    readonly migrated: readonly string[];
    has(server: Side, database: string): boolean;
    isFenced(server: Side, database: string): boolean;
  },
  open: boolean,
  after: readonly string[],
): OpeningsPlan {
  const inputs: Opening[] = [];
  const stays: string[] = [];
  const unfinished = unfinishedSwitch(known);
  const under = unfinished?.block ?? [];
  const event = unfinished?.event ?? 'cutover';
  const undone = unfinished !== null && unfinished.state !== 'switched';
  for (const record of undone ? under : [])
    inputs.push(opening(sideOf(event), record.database, record, `the ${event} was not finished`));
  for (const server of ['source', 'target'] as const) {
    const ahead = server === sideOf(event) ? null : unfinished?.ahead;
    const left = shutBySwitch(known, server).length > 0 ? null : ((undone ? ahead : null) ?? leftShut(known, server));
    if ((left ?? null) === null) continue;
    const records = new Map((left ?? []).map(record => [record.database, record]));
    // Where the databases could not be shut, their tables were.
    for (const database of new Set([...records.keys(), ...there.migrated]))
      inputs.push(opening(server, database, records.get(database) ?? null, 'the switch to it was not finished'));
  }
  for (const each of ['cutover', 'failback'] as const) {
    const server = sideOf(each);
    const other = server === 'source' ? 'target' : 'source';
    for (const record of [...shutBySwitch(known, server), ...(each === event && !undone ? under : [])]) {
      const { database } = record;
      if (open) {
        const reason = `BESIDE THE ${other.toUpperCase()}, which has the writes since the ${each}: rows written there reach nobody`;
        inputs.push(opening(server, database, record, reason));
        continue;
      }
      inputs.push({ server, database, record: null, opens: false, reason: 'it stays shut by its settings' });
      stays.push(
        `${server}/${database} stays shut (read-only, no right to connect), since the ${other} has the writes. ` +
          `To open it: pgm destroy --open, or later: ${unblockStatements([record]).join('; ')}`,
      );
    }
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
