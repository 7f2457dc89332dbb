import { randomUUID } from 'node:crypto';
import type { Goal, Spec } from '../spec/spec.js';
import { lockfileFormat } from './check-lockfile.js';
import type {
  CutoverRecord,
  Lockfile,
  PropertyMark,
  RecordedKind,
  RehearsalRecord,
  SettingRecord,
  ShutRecord,
  StepLeft,
  StepRecord,
} from './lockfile.js';
import { settingKey } from './settable.js';

/**
 * Each of these gives a new, frozen lockfile; none touches `serial` or `updated_at`, which belong to the writer
 * (see state-session.ts). Times are ISO 8601, UTC.
 */
export type Transition = (lockfile: Lockfile) => Lockfile;

/** The lockfile of a migration that has none yet, of serial 0: the first write makes it 1. */
export function newLockfile(
  spec: Spec,
  made: { readonly pgmVersion: string; readonly at: string; readonly lineage?: string },
): Lockfile {
  return freeze({
    format_version: lockfileFormat,
    pgm_version: made.pgmVersion,
    name: spec.name,
    lineage: made.lineage ?? randomUUID(),
    serial: 0,
    source: null,
    target: null,
    spec_sha256: spec.sha256,
    method: null,
    reached: null,
    goal_by_flag: null,
    stopped: false,
    steps: {},
    settings: {},
    cutover: null,
    updated_at: made.at,
  });
}

/** Replaces some top-level fields: servers, method, goal_by_flag, stopped, spec_sha256, pgm_version. */
export function withFields(
  lockfile: Lockfile,
  fields: Partial<
    Pick<Lockfile, 'pgm_version' | 'source' | 'target' | 'spec_sha256' | 'method' | 'goal_by_flag' | 'stopped'>
  >,
): Lockfile {
  return freeze({ ...lockfile, ...fields });
}

export function withStep(lockfile: Lockfile, id: string, record: StepRecord): Lockfile {
  return freeze({ ...lockfile, steps: { ...lockfile.steps, [id]: record } });
}

/** The intent, written before a step runs. What an earlier try left for undo is kept. */
export function startStep(
  lockfile: Lockfile,
  id: string,
  step: { readonly kind: RecordedKind; readonly database?: string | undefined },
  at: string,
): Lockfile {
  const earlier = lockfile.steps[id];
  return withStep(lockfile, id, {
    ...left(step.kind, earlier?.kind === step.kind ? earlier.record : null),
    database: step.database ?? null,
    status: 'started',
    started_at: at,
    finished_at: null,
    error: null,
  });
}

/**
 * A step gives a record of its kind (steps/step-kind.ts holds it to that); the schema is asked when it is read again.
 */
function left(kind: RecordedKind, record: StepRecord['record']): StepLeft {
  return { kind, record } as StepLeft;
}

/** What undo will need, known while the step still runs. @throws TypeError for a step that was never started */
export function noteStep(lockfile: Lockfile, id: string, record: StepRecord['record']): Lockfile {
  const step = started(lockfile, id);
  return withStep(lockfile, id, { ...step, ...left(step.kind, record) });
}

/** The outcome. Leaving `record` out keeps what was noted. @throws TypeError for a step that was never started */
export function finishStep(lockfile: Lockfile, id: string, at: string, record?: StepRecord['record']): Lockfile {
  const step = started(lockfile, id);
  return withStep(lockfile, id, {
    ...step,
    ...left(step.kind, record ?? step.record),
    status: 'done',
    finished_at: at,
    error: null,
  });
}

/** @param error its message, without secrets; @throws TypeError for a step that was never started */
export function failStep(lockfile: Lockfile, id: string, at: string, error: string): Lockfile {
  return withStep(lockfile, id, { ...started(lockfile, id), status: 'failed', finished_at: at, error });
}

/** Remembers a setting's value before the change. What it was before the first change of all stays. */
export function recordSetting(lockfile: Lockfile, setting: SettingRecord): Lockfile {
  const key = settingKey(setting);
  return freeze({
    ...lockfile,
    settings: { ...lockfile.settings, [key]: sinceFirst(lockfile.settings[key], setting) },
  });
}

function sinceFirst(first: SettingRecord | undefined, setting: SettingRecord): SettingRecord {
  if (first === undefined) return setting;
  switch (setting.kind) {
    case 'server-setting':
      return first.kind === setting.kind ? { ...first, after: setting.after } : setting;
    case 'hba':
      return setting;
    case 'replica-identity':
      return first;
  }
}

/** For a setting that was put back. */
export function forgetSetting(lockfile: Lockfile, key: string): Lockfile {
  return freeze({ ...lockfile, settings: without(lockfile.settings, [key]) });
}

/** The goal that now holds; a lower one than before is failback. */
export function reach(lockfile: Lockfile, goal: Goal | null): Lockfile {
  return freeze({ ...lockfile, reached: goal });
}

/** Where a switch is; with `reached` as soon as the other side has the writes. */
export function recordCutover(
  lockfile: Lockfile,
  cutover: CutoverRecord | null,
  reached: Goal | null = lockfile.reached,
): Lockfile {
  return freeze({ ...lockfile, cutover, reached });
}

/** The side that stays shut although it did not take over; null: none does. */
export function recordShut(lockfile: Lockfile, shut: ShutRecord | null): Lockfile {
  const { shut: _, ...rest } = lockfile;
  return freeze(shut === null ? rest : { ...rest, shut });
}

/** What was brought of roles and databases, beside what is known of others; null: it is not pgm's. */
export function recordFollowed(lockfile: Lockfile, marks: Readonly<Record<string, PropertyMark | null>>): Lockfile {
  const all = Object.entries({ ...lockfile.followed, ...marks });
  const followed = Object.fromEntries(all.flatMap(([key, mark]) => (mark === null ? [] : [[key, mark] as const])));
  return freeze({ ...lockfile, followed });
}

export function recordRehearsal(lockfile: Lockfile, rehearsal: RehearsalRecord): Lockfile {
  return freeze({ ...lockfile, rehearsal });
}

function started(lockfile: Lockfile, id: string): StepRecord {
  const step = lockfile.steps[id];
  if (step === undefined) throw new TypeError(`step ${id} was never started`);
  return step;
}

function without<T>(all: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key)));
}

function freeze(lockfile: Lockfile): Lockfile {
  Object.freeze(lockfile.steps);
  Object.freeze(lockfile.settings);
  return Object.freeze(lockfile);
}
