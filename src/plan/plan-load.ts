import { shownSetting } from '../checks/setting-change.js';
import type { Finding } from '../checks/finding.js';
import type { ServerFacts } from '../inspect/facts.js';
import type { Lockfile } from '../state/lockfile.js';
import type { StepKindName } from './plan.js';
import { reload } from '../steps/reload.js';
import { loadSettingsLeft, restoreSettings } from '../steps/restore-settings.js';
import { serverSetting } from '../steps/server-setting.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';

/** Steps that are quicker with the settings of the load. */
const load: ReadonlySet<StepKindName> = new Set([
  'large-objects',
  'copy',
  'indexes',
  'constraints',
  'matviews',
  'analyze',
]);

/** Settings of the target for the time of the load, as the findings ask for them. */
export function planLoadSettings(
  target: ServerFacts,
  findings: readonly Finding[],
  after: readonly string[],
): readonly PlannedStep[] {
  const changes = findings.flatMap(({ status, change }) =>
    status === 'change' && change?.kind === 'load-setting' ? [change] : [],
  );
  if (changes.length === 0) return [];
  const steps = changes.map(({ name, value }) => {
    const setting = target.settings.get(name);
    return planned(
      serverSetting,
      {
        server: 'target',
        name,
        value,
        before: setting === undefined ? '' : shownSetting(setting),
        reason: 'for the time of the load',
        until: 'loaded',
      },
      after,
    );
  });
  return [
    ...steps,
    planned(
      reload,
      { server: 'target', reason: 'settings for the load', object: 'load' },
      steps.map(step => step.id),
    ),
  ];
}

/** Puts back what `steps` set, and what an interrupted run left, when all that gains by it is done; null: there is nothing. */
export function planRestoreSettings(
  target: ServerFacts,
  settings: Lockfile['settings'],
  steps: readonly PlannedStep[],
): PlannedStep | null {
  const before = new Map(loadSettingsLeft(settings).map(({ name, record }) => [name, record.before]));
  for (const { kind, description } of steps) {
    const { object } = description;
    if (kind === 'server-setting' && description.server === 'target' && object !== undefined && !before.has(object))
      before.set(object, target.altered?.get(object) ?? null);
  }
  if (before.size === 0) return null;
  const putBack = [...before]
    .map(([name, value]) => ({ name, before: value }))
    .sort((a, b) => a.name.localeCompare(b.name));
  return planned(
    restoreSettings,
    { settings: putBack },
    steps.filter(({ kind }) => load.has(kind) || kind === 'reload').map(step => step.id),
  );
}
