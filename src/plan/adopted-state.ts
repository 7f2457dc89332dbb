import { codeEntry } from '../checks/all-codes.js';
import type { Finding } from '../checks/finding.js';
import type { Facts, ServerFacts } from '../inspect/facts.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { lineagesOf } from '../state/lineage.js';
import { settingKey } from '../state/settable.js';

/**
 * The lineages that the servers know of a migration of this name, the likeliest first. Anyone who may create in a
 * database can make a publication with such a comment: those of other roles are not believed.
 */
export function lineagesOnServers(spec: Spec, facts: Facts): readonly string[] {
  const comments = facts.databases.flatMap(({ source, target }) =>
    [
      { server: facts.source, publications: source.publications },
      { server: facts.target, publications: target?.publications ?? [] },
    ].flatMap(({ server, publications }) =>
      publications
        .filter(({ owner }) => server.kind === 'server' && isTrusted(owner, server))
        .map(({ comment }) => comment),
    ),
  );
  const remembered = facts.target.kind === 'server' ? facts.target.remembered : null;
  const found = lineagesOf(comments, spec.name);
  return remembered === null ? found : [...new Set([remembered.lineage, ...found])];
}

/** The role itself, or one that could do all that it can. */
function isTrusted(owner: string, { user, roles }: ServerFacts): boolean {
  return owner === user.name || roles.some(({ name, superuser }) => name === owner && superuser);
}

/** Without a lockfile what the servers say is taken up, but only where it is said and approved with the plan. */
export function adoptedStateFinding(spec: Spec, facts: Facts, settings: Lockfile['settings']): readonly Finding[] {
  const lineages = lineagesOnServers(spec, facts);
  const [lineage] = lineages;
  if (lineage === undefined) return [];
  const { slug, title } = codeEntry('PGM647');
  const undone = Object.values(settings).flatMap(setting =>
    setting.kind === 'server-setting' ? [`${settingKey(setting)} = ${setting.before ?? 'its default'}`] : [],
  );
  const others = lineages.length === 1 ? '' : ` (and of ${lineages.slice(1).join(', ')})`;
  return [
    {
      code: 'PGM647',
      slug,
      severity: 'warning',
      status: 'change',
      server: 'local',
      object: lineage,
      title,
      message:
        'there is no lockfile, but the servers hold records of a migration of this ' +
        `name, lineage ${lineage}${others}: it is taken ` +
        `up${undone.length === 0 ? '' : `, and puts back ${undone.join(', ')}`}`,
      current: null,
      required: lineage,
      remedy: null,
    },
  ];
}
