import { shownSetting } from '../checks/setting-change.js';
import type { Finding } from '../checks/finding.js';
import type { ServerFacts } from '../inspect/facts.js';
import type { Lockfile } from '../state/lockfile.js';
import { reload } from '../steps/reload.js';
import { loadSettingsLeft, restoreSettings, type RestoreSettingsInput } from '../steps/restore-settings.js';
import { serverSetting } from '../steps/server-setting.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { stepTraits } from '../steps/step-traits.js';

/** Settings of the target for the time of the load: what sets them, and what stood in postgresql.auto.conf before. */
export interface LoadSettings {
  readonly steps: readonly PlannedStep[];
  readonly before: RestoreSettingsInput['settings'];
}

export const noLoadSettings: LoadSettings = { steps: [], before: [] };

/** As the findings ask for them. */
export function planLoadSettings(
  target: ServerFacts,
  findings: readonly Finding[],
  after: readonly string[],
): LoadSettings {
  const changes = findings.flatMap(({ status, change }) =>
    status === 'change' && change?.kind === 'load-setting' ? [change] : [],
  );
  if (changes.length === 0) return noLoadSettings;
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
  return {
    steps: [
      ...steps,
      planned(
        reload,
        { server: 'target', reason: 'settings for the load', object: 'load' },
        steps.map(step => step.id),
      ),
    ],
    before: changes.map(({ name }) => ({ name, before: target.altered?.get(name) ?? null })),
  };
}

/**
 * Puts back what was set, and what an interrupted run left, when all that gains by it is done; null: there is nothing.
 */
export function planRestoreSettings(
  remembered: Lockfile['settings'],
  { before }: LoadSettings,
  steps: readonly PlannedStep[],
): PlannedStep | null {
  const left = loadSettingsLeft(remembered).map(({ name, before }) => ({ name, before }));
  const isLeft = new Set(left.map(({ name }) => name));
  const settings = [...left, ...before.filter(({ name }) => !isLeft.has(name))];
  if (settings.length === 0) return null;
  return planned(
    restoreSettings,
    { settings: settings.sort((a, b) => a.name.localeCompare(b.name)) },
    steps.filter(({ kind }) => stepTraits[kind].gainsByLoadSettings === true || kind === 'reload').map(step => step.id),
  );
}
