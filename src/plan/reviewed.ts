import { isLoadSetting, loadSettings } from '../checks/load-settings.js';
import type { Finding } from '../checks/finding.js';
import { relationKey } from '../postgres/relation-key.js';
import type { Plan } from './plan.js';

/** A table's lane by its key, for each database. */
export type ReviewedLanes = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What the sizes of a moment decide is decided once: a reviewed plan is carried out with the lanes that it shows. */
export function reviewedLanes(plan: Plan | undefined): ReviewedLanes {
  const lanes = new Map<string, Map<string, number>>();
  for (const { kind, database, tables, id } of plan?.steps ?? []) {
    if (kind !== 'copy' || database === undefined || tables === undefined) continue;
    const ofDatabase = lanes.get(database) ?? new Map<string, number>();
    for (const table of tables) ofDatabase.set(relationKey(table), Number(id.slice(id.lastIndexOf('/') + 1)));
    lanes.set(database, ofDatabase);
  }
  return lanes;
}

/**
 * Likewise the target's settings for the load, which follow from the bytes to come. Of a file only what pgm could have
 * decided by itself is taken.
 */
export function withReviewedLoad(findings: readonly Finding[], plan: Plan | undefined): readonly Finding[] {
  if (plan === undefined) return findings;
  const isLoad = ({ code, status }: Finding): boolean => code === loadSettings.code && status === 'change';
  const reviewed = plan.findings.filter(
    finding => isLoad(finding) && finding.change?.kind === 'load-setting' && isLoadSetting(finding.change),
  );
  return [...findings.filter(finding => !isLoad(finding)), ...reviewed];
}
