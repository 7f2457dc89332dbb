import type { Facts } from '../inspect/facts.js';
import { selectDatabases } from '../inspect/selection.js';
import type { Remains } from '../inspect/remains.js';
import type { Goal, Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { dropLane } from '../steps/drop-lane.js';
import { dropProgress } from '../steps/drop-progress.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { subscription } from '../steps/subscription.js';
import { assemblePlan, type BuiltPlan } from './assemble-plan.js';
import { bothWrittenInWords, type HalfSwitch } from './half-switch.js';
import { noLoadSettings, planRestoreSettings } from './plan-load.js';
import { foundLanes, notAsked, unreadIn, type BothRemains } from './teardown-lanes.js';
import { planOpenings, planOpeningsAlone } from './teardown-openings.js';
import { undoSettings } from './teardown-settings.js';
import type { TeardownWish } from './teardown.js';

export interface TeardownInput {
  readonly spec: Spec;
  readonly wish: TeardownWish;
  /** A server that is gone is `unreachable`. */
  readonly facts: Facts;
  readonly remains: BothRemains;
  /** What lockfile and target know together. */
  readonly known: Lockfile | null;
  /** What settings were before pgm changed them, also where the lockfile is lost. */
  readonly settings: Lockfile['settings'];
  readonly reached: Goal | null;
  /** A switch that was interrupted; null: none was, or it could not be looked at. */
  readonly half: HalfSwitch | null;
  readonly pgmVersion: string;
}

interface Parts {
  readonly steps: readonly PlannedStep[];
  readonly stays: readonly string[];
}

/** What `stop`, `destroy`, and what one server alone is freed by, as a plan like any other. Pure. */
export function planTeardown(input: TeardownInput): BuiltPlan {
  const { spec, wish, facts, known, reached, pgmVersion } = input;
  const { steps, stays } =
    wish.gone !== null
      ? freeingSteps(input, wish.gone)
      : wish.command === 'stop'
        ? stopSteps(input)
        : destroySteps(input);
  return assemblePlan(
    {
      spec,
      facts,
      lockfile: known,
      goal: spec.goal,
      reached,
      method: known?.method ?? (spec.method === 'dump' ? 'dump' : 'continuous'),
      fallback: null,
      pgmVersion,
      findings: [],
      preflight: null,
      teardown: { ...wish, stays },
    },
    steps,
  );
}

/** The lanes stand still, or go where their slots must not hold WAL back; publications stay for the next apply. */
function stopSteps({ spec, wish, remains, settings }: TeardownInput): Parts {
  const lanes = foundLanes(spec.name, remains).filter(({ direction }) => direction === 'forward');
  const steps = wish.release
    ? lanes.flatMap(({ database, direction, parts }) =>
        parts.subscription === null && !parts.slot
          ? []
          : planned(dropLane, {
              database,
              direction,
              name: parts.name,
              reason: 'until it is started over',
              parts: { ...parts, publication: null },
            }),
      )
    : lanes.flatMap(({ parts: { name, subscription: database, way } }) =>
        database === null || !isEnabled(remains.target, name)
          ? []
          : planned(subscription, { change: 'disable', database, name, way }),
      );
  const restore = planRestoreSettings(settings, noLoadSettings, []);
  return { steps: restore === null ? steps : [...steps, restore], stays: [] };
}

function isEnabled(target: Remains | null, name: string): boolean {
  return target?.server.subscriptions.some(each => each.name === name && each.enabled) ?? false;
}

/** All that carries pgm's names and lineage; then settings, which lanes needed; what a switch shut is opened last. */
function destroySteps({ spec, wish, facts, remains, known, settings, half }: TeardownInput): Parts {
  const lanes = laneSteps(spec, remains, 'nothing of pgm stays');
  const records = recordSteps(spec, facts, remains, ids(lanes));
  const undone = (['source', 'target'] as const).flatMap(side => {
    const there = remains[side];
    return there === null ? [] : [undoSettings(spec.name, side, there, settings, ids([...lanes, ...records]))];
  });
  const before = [...lanes, ...records, ...undone.flatMap(({ steps }) => steps)];
  const openings = planOpenings(
    known,
    {
      migrated: facts.databases.map(({ name }) => name),
      isFenced: (side, database) =>
        remains[side]?.databases.some(({ name, fence }) => name === database && fence) ?? false,
      has: (side, database) => remains[side]?.server.databases.some(({ name }) => name === database) ?? false,
    },
    { open: wish.open, passed: half?.passed ?? false },
    ids(before),
  );
  return {
    steps: [...before, ...openings.steps],
    stays: [
      ...undone.flatMap(({ stays }) => stays),
      ...openings.stays,
      ...(half === null || half.bothWritten === null
        ? []
        : bothWrittenInWords(half.event, half.bothWritten).slice(0, 1)),
    ],
  };
}

/** The server that is left, found from itself alone: nobody can say any more what the migration was. */
function freeingSteps(
  { spec, wish, facts, remains, known, settings }: TeardownInput,
  gone: 'source' | 'target',
): Parts {
  const side = gone === 'source' ? 'target' : 'source';
  const left = remains[side];
  if (left === null) return { steps: [], stays: [] };
  const reason = `the ${gone} is gone`;
  const stays = [...unreadIn(side, remains), notAsked(spec.name, gone, left.server)];
  const found = foundLanes(spec.name, remains);
  if (wish.command === 'stop') {
    const parts = found.flatMap(lane =>
      lane.parts.slot || lane.parts.subscription !== null
        ? [{ ...lane, parts: { ...lane.parts, publication: null } }]
        : [],
    );
    return {
      steps: parts.map(({ database, direction, parts }) =>
        planned(dropLane, { database, direction, name: parts.name, reason, parts }),
      ),
      stays: stays.slice(-1),
    };
  }
  const lanes = laneSteps(spec, remains, reason);
  const records = recordSteps(spec, facts, remains, ids(lanes));
  // Triggers do not say whose they are: those of another migration's databases stay.
  const own = new Set([
    ...selectDatabases(spec.databases, left.server.databases).names,
    ...Object.keys(known?.history?.databases ?? {}),
    ...found.map(({ database }) => database),
    ...left.databases.filter(({ progress }) => progress).map(({ name }) => name),
  ]);
  const fenced = left.databases.filter(({ name, fence }) => fence && own.has(name)).map(({ name }) => name);
  const openings = planOpeningsAlone(known, side, fenced, ids([...lanes, ...records]));
  const before = [...lanes, ...records, ...openings];
  if (wish.command === 'close') return { steps: before, stays };
  const undone = undoSettings(spec.name, side, left, known?.settings ?? settings, ids(before));
  return { steps: [...before, ...undone.steps], stays: [...undone.stays, ...stays] };
}

function laneSteps(spec: Spec, remains: BothRemains, reason: string): readonly PlannedStep[] {
  return foundLanes(spec.name, remains).flatMap(({ database, direction, parts }) =>
    parts.subscription === null && !parts.slot && parts.publication === null
      ? []
      : [planned(dropLane, { database, direction, name: parts.name, reason, parts })],
  );
}

/** What is remembered of the copy. */
function recordSteps(
  { name: migration }: Spec,
  { databases }: Facts,
  remains: BothRemains,
  after: readonly string[],
): readonly PlannedStep[] {
  const onTarget = new Map(databases.map(({ name, target }) => [name, (target?.progress ?? null) !== null]));
  return (['target', 'source'] as const).flatMap(server =>
    (remains[server]?.databases ?? []).flatMap(({ name, progress }) =>
      progress || (server === 'target' && onTarget.get(name) === true)
        ? [planned(dropProgress, { database: name, migration, server, fenced: false }, after)]
        : [],
    ),
  );
}

const ids = (steps: readonly PlannedStep[]): readonly string[] => steps.map(({ id }) => id);
