import type { RoleFacts, ServerFacts } from './facts.js';

/** Roles of providers and of PostgreSQL itself are not brought along. */
const reserved = /^(pg_|rds|cloudsql|azure|supabase|neon|aiven|alloydb|doadmin|postgres$)/;

/** Roles of the source that the target lacks, without reserved ones. */
export function missingRoles(source: Pick<ServerFacts, 'roles'>, target: Pick<ServerFacts, 'roles'>): readonly RoleFacts[] {
  const there = new Set(target.roles.map(role => role.name));
  return source.roles.filter(role => !there.has(role.name) && !reserved.test(role.name));
}
