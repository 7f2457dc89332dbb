import type { RoleFacts, ServerFacts } from './facts.js';
import { ownOf } from './managed.js';

/**
 * Roles of the source that the target lacks, without PostgreSQL's own, those of the source's provider, and `postgres`.
 */
export function missingRoles(
  source: Pick<ServerFacts, 'roles' | 'provider'>,
  target: Pick<ServerFacts, 'roles'>,
): readonly RoleFacts[] {
  const there = new Set(target.roles.map(role => role.name));
  const { roles: reserved } = ownOf(source.provider);
  return source.roles.filter(
    ({ name }) => !there.has(name) && !/^(pg_|postgres$)/.test(name) && reserved?.test(name) !== true,
  );
}
