import { has } from '../postgres/since.js';
/**
 * What aiven_extras lets the role do: `callable` and `refused` name functions that run as a superuser, others do not
 * help.
 */
export const aivenExtrasSql = `(select json_build_object(
      'version', e.extversion,
      'callable', coalesce(json_agg(p.proname order by p.proname) filter (where f.callable), '[]'),
      'refused', coalesce(json_agg(p.proname order by p.proname) filter (where not f.callable), '[]'))
    from pg_extension e
    left join pg_proc p on p.pronamespace = e.extnamespace and p.prosecdef
      and p.proname in ('pg_create_publication', 'pg_create_subscription', 'session_replication_role')
    left join lateral (select has_schema_privilege(e.extnamespace, 'usage') and has_function_privilege(p.oid, 'execute') as callable) f on p.oid is not null
    where e.extname = 'aiven_extras'
    group by e.oid, e.extversion)`;

/**
 * From 1.1.20 on the functions for subscriptions run with the caller's rights where the server is 16 or newer: they
 * give nothing there.
 */
export function brokenOff(serverVersion: number, extensionVersion: string | null): boolean {
  if (!has(serverVersion, 'subscriptionRole') || extensionVersion === null) return false;
  const [major = 0, minor = 0, patch = 0] = extensionVersion.split('.').map(Number);
  return major > 1 || (major === 1 && (minor > 1 || (minor === 1 && patch >= 20)));
}
