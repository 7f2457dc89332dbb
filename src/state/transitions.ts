import { randomUUID } from 'node:crypto';
import type { Goal, Spec } from '../spec/spec.js';
import type { CutoverRecord, Lockfile, RehearsalRecord, SettingRecord, ShutRecord, StepRecord } from './lockfile.js';

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
    format_version: 1,
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
export function startStep(lockfile: Lockfile, id: string, kind: string, at: string): Lockfile {
  const earlier = lockfile.steps[id];
  return withStep(lockfile, id, {
    kind,
    status: 'started',
    started_at: at,
    finished_at: null,
    record: earlier?.record ?? null,
    error: null,
  });
}

/** What undo will need, known while the step still runs. @throws TypeError for a step that was never started */
export function noteStep(lockfile: Lockfile, id: string, record: unknown): Lockfile {
  return withStep(lockfile, id, { ...started(lockfile, id), record });
}

/** The outcome. Leaving `record` out keeps what was noted. @throws TypeError for a step that was never started */
export function finishStep(lockfile: Lockfile, id: string, at: string, record?: unknown): Lockfile {
  const step = started(lockfile, id);
  return withStep(lockfile, id, {
    ...step,
    status: 'done',
    finished_at: at,
    record: record ?? step.record,
    error: null,
  });
}

/** @param error its message, without secrets; @throws TypeError for a step that was never started */
export function failStep(lockfile: Lockfile, id: string, at: string, error: string): Lockfile {
  return withStep(lockfile, id, { ...started(lockfile, id), status: 'failed', finished_at: at, error });
}

/** Remembers a setting's value before the change. What it was before the first change of all stays. */
export function recordSetting(lockfile: Lockfile, key: string, setting: SettingRecord): Lockfile {
  const first = lockfile.settings[key] ?? setting;
  return freeze({ ...lockfile, settings: { ...lockfile.settings, [key]: { ...first, after: setting.after } } });
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
