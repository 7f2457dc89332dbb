import type { Change, Finding } from '../checks/finding.js';
import { membershipsToMake } from '../copy/memberships.js';
import type { RoleFacts, ServerFacts } from '../inspect/facts.js';
import { givableAttributes } from '../inspect/givable-attributes.js';
import { missingRoles } from '../inspect/missing-roles.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { followedProperties } from '../steps/followed-properties.js';
import { propertyMoves } from './property-moves.js';
import { ownRoles } from './target-only.js';
import { hbaRule } from '../steps/hba-rule.js';
import { reload } from '../steps/reload.js';
import { restart } from '../steps/restart.js';
import { roles } from '../steps/roles.js';
import { serverSetting } from '../steps/server-setting.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { has } from '../postgres/since.js';

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

/** Roles that the side which follows lacks, in one step; null when none is missing. */
export function planRoles(
  spec: Spec,
  leader: ServerFacts,
  follower: ServerFacts,
  after: readonly PlannedStep[],
  back?: { readonly lockfile: Lockfile | null },
): PlannedStep | null {
  if (spec.roles === 'skip') return null;
  const to = back === undefined ? 'target' : 'source';
  const missing = back === undefined ? missingRoles(leader, follower) : rolesMadeSince(leader, follower, back.lockfile);
  if (missing.length === 0) return null;
  const made = new Set(missing.map(role => role.name));
  const there = new Set([...made, ...follower.roles.map(role => role.name)]);
  const memberships = membershipsToMake({ source: leader.roles, made, there });
  const parameterGrants =
    has(follower.versionNum, 'parameterPrivileges') && follower.user.superuser
      ? leader.parameterGrants.filter(({ grantee }) => grantee === null || made.has(grantee))
      : [];
  return planned(
    roles,
    {
      to,
      roles: missing,
      memberships,
      parameterGrants,
      asSuperuser: follower.user.superuser,
      gives: givableAttributes(follower.user, follower.versionNum),
      targetVersion: follower.versionNum,
      user: follower.user.name,
      passwords: leader.canReadPasswords,
    },
    after.map(step => step.id),
  );
}

/** Made on the target since the cutover: the target's own, which stood there before, are not for the source. */
export function rolesMadeSince(
  target: ServerFacts,
  source: ServerFacts,
  lockfile: Lockfile | null,
): readonly RoleFacts[] {
  const stood = lockfile?.cutover?.stood?.[ownRoles];
  return stood === undefined || !(source.user.superuser || source.user.createrole)
    ? []
    : missingRoles(target, source).filter(({ name }) => !stood.includes(name));
}

/** What changed of roles and databases on the side in use since it was brought, in one step; null: nothing. */
export function planPropertyChanges(
  { spec, lockfile }: { readonly spec: Spec; readonly lockfile: Lockfile | null },
  leader: ServerFacts,
  follower: ServerFacts,
  leads: 'source' | 'target',
  after: readonly PlannedStep[],
): PlannedStep | null {
  const { changes } = propertyMoves(spec, lockfile, { leader, follower, leads });
  return changes.length === 0
    ? null
    : planned(
        followedProperties,
        { leads, changes },
        after.map(step => step.id),
      );
}
