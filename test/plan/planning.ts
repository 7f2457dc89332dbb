import type { Finding } from '../../src/checks/finding.js';
import type { Facts } from '../../src/inspect/facts.js';
import { buildPlan, type BuiltPlan, type PlanInput } from '../../src/plan/build-plan.js';
import type { FinishedSwitch, Lockfile, SwitchUnderWay } from '../../src/state/lockfile.js';
import { newLockfile } from '../../src/state/transitions.js';
import { someFacts } from '../checks/some-facts.js';
import { finding } from '../render/examples.js';
import {
  buildPublication,
  buildSlot,
  buildSpec,
  buildSubscription,
  streamingWorld,
  tablesNamed,
  type World,
  type WorldWish,
} from './build-facts.js';

export const factsOf = ({ source, target, database }: World): Facts =>
  someFacts({ source, target, databases: [database] });
export const lockfileOf = (more: Partial<Lockfile> = {}): Lockfile => ({
  ...newLockfile(buildSpec(), { pgmVersion: '0.1.0', at: '2026-01-01T00:00:00Z', lineage: 'l' }),
  ...more,
});
export const plan = (world: World, more: Partial<PlanInput> = {}): BuiltPlan =>
  buildPlan({
    spec: buildSpec(),
    facts: factsOf(world),
    findings: [],
    lockfile: null,
    settings: {},
    reached: null,
    goal: 'synced',
    method: 'continuous',
    fallback: null,
    pgmVersion: '0.1.0',
    copyJobs: 2,
    half: null,
    at: '2026-03-01T12:00:00.000Z',
    ...more,
  });
export const kinds = ({ plan: { steps } }: BuiltPlan): readonly string[] => steps.map(({ kind }) => kind);
export const inputOf = <Input = Record<string, unknown>>({ steps }: BuiltPlan, kind: string): Input =>
  steps.find(step => step.kind === kind)?.input as Input;
export const waitsFor = ({ plan: { steps } }: BuiltPlan, id: string): readonly string[] | undefined =>
  steps.find(step => step.id === id)?.depends_on;
export const change = (asked: NonNullable<Finding['change']>, code = 'PGM201'): Finding =>
  finding({ code, severity: 'info', status: 'change', change: asked });
export const synced = { reached: 'synced', lockfile: lockfileOf({ reached: 'synced' }) } as const;

/** After a cutover: the target has the writes, one lane leads back. */
export const afterCutover = (more: WorldWish = {}): World =>
  streamingWorld({
    ...more,
    source: { slots: [], subscriptions: [buildSubscription('r')], ...more.source },
    target: { subscriptions: [], slots: [buildSlot('r')], ...more.target },
    there: { tables: tablesNamed('a', 'b'), publications: [buildPublication('r', ['a', 'b'])], ...more.there },
  });
export const block = [{ database: 'app', readOnly: null, connect: ['', 'app'] }];
export const cutoverRecord: FinishedSwitch = {
  state: 'finished',
  event: 'cutover',
  write_stop_ms: 80,
  parts: {},
  finished_at: '2026-02-01T00:00:00Z',
  block,
};
export const switchUnderWay: SwitchUnderWay = {
  state: 'stopping',
  event: 'cutover',
  hooks: false,
  before: null,
  write_stop_ms: 0,
  parts: {},
  block,
};
