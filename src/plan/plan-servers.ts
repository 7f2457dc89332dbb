import type { Change, Finding } from '../checks/finding.js';
import { membershipsToMake } from '../copy/memberships.js';
import type { ServerFacts } from '../inspect/facts.js';
import { givableAttributes } from '../inspect/givable-attributes.js';
import { missingRoles } from '../inspect/missing-roles.js';
import type { Spec } from '../spec/spec.js';
import { hbaRule } from '../steps/hba-rule.js';
import { reload } from '../steps/reload.js';
import { restart } from '../steps/restart.js';
import { roles } from '../steps/roles.js';
import { serverSetting } from '../steps/server-setting.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';

type SettingChange = Extract<Change, { kind: 'server-setting' }>;

/** Settings, access and the one restart that the findings ask for; source first. */
export function planServers(
  spec: Spec,
  source: ServerFacts,
  target: ServerFacts,
  findings: readonly Finding[],
): readonly PlannedStep[] {
  const changes = findings.flatMap(finding =>
    finding.status === 'change' && finding.change !== undefined ? [{ finding, change: finding.change }] : [],
  );
  const steps: PlannedStep[] = [];
  for (const server of ['source', 'target'] as const) {
    const facts = server === 'source' ? source : target;
    const settings = highestOfEach(
      changes.flatMap(({ change }) => (change.kind === 'server-setting' && change.server === server ? [change] : [])),
    );
    const reasons = new Map(
      changes.flatMap(({ finding, change }) => (change.kind === 'server-setting' ? [[change.name, finding.code]] : [])),
    );
    for (const { name, value } of settings) {
      steps.push(
        planned(serverSetting, {
          server,
          name,
          value,
          before: facts.settings.get(name)?.value ?? '',
          reason: reasons.get(name) ?? 'needed',
        }),
      );
    }
    const rules =
      server === 'source'
        ? [...new Set(changes.flatMap(({ change }) => (change.kind === 'hba-rule' ? change.lines : [])))]
        : [];
    if (rules.length > 0)
      steps.push(
        planned(
          hbaRule,
          { lines: rules },
          steps.map(step => step.id),
        ),
      );
    const before = steps.map(step => step.id);
    if (settings.some(change => !change.restart))
      steps.push(planned(reload, { server, reason: 'settings above' }, before));
    const waiting = settings.filter(change => change.restart);
    if (waiting.length > 0 && server === 'source') {
      const command = spec.source.restart === 'manual' ? null : spec.source.restart.command;
      steps.push(
        planned(
          restart,
          { settings: waiting.map(({ name, value }) => ({ name, value })), command, provider: source.provider },
          steps.map(step => step.id),
        ),
      );
    }
  }
  return steps;
}

/** Several findings may ask for the same setting: the highest number serves them all. */
function highestOfEach(changes: readonly SettingChange[]): readonly SettingChange[] {
  const highest = new Map<string, SettingChange>();
  for (const change of changes) {
    const other = highest.get(change.name);
    if (other === undefined || Number(change.value) > Number(other.value)) highest.set(change.name, change);
  }
  return [...highest.values()];
}

/** Roles that the target lacks, in one step; null when none is missing. */
export function planRoles(
  spec: Spec,
  source: ServerFacts,
  target: ServerFacts,
  after: readonly PlannedStep[],
): PlannedStep | null {
  if (spec.roles === 'skip') return null;
  const missing = missingRoles(source, target);
  if (missing.length === 0) return null;
  const made = new Set(missing.map(role => role.name));
  const there = new Set([...made, ...target.roles.map(role => role.name)]);
  const memberships = membershipsToMake({ source: source.roles, made, there });
  const parameterGrants =
    target.versionNum >= 150000 && target.user.superuser
      ? source.parameterGrants.filter(({ grantee }) => grantee === null || made.has(grantee))
      : [];
  return planned(
    roles,
    {
      roles: missing,
      memberships,
      parameterGrants,
      asSuperuser: target.user.superuser,
      gives: givableAttributes(target.user, target.versionNum),
      targetVersion: target.versionNum,
      user: target.user.name,
      passwords: source.canReadPasswords,
    },
    after.map(step => step.id),
  );
}
