import type { Connection } from '../postgres/connection.js';
import type { AvailableExtension } from './facts.js';
import { has } from '../postgres/since.js';

/** `trusted` since 13. */
const extensionsSql = `
select v.name,
  e.default_version as "defaultVersion",
  array_agg(v.version::text order by v.version) as versions,
  bool_and(v.superuser and not __TRUSTED__) as "needsSuperuser",
  e.comment
from pg_available_extension_versions v
join pg_available_extensions e on e.name = v.name
group by v.name, e.default_version, e.comment
order by v.name`;

export async function readAvailableExtensions(
  connection: Connection,
  versionNum: number,
): Promise<AvailableExtension[]> {
  return connection.rows<AvailableExtension>(
    extensionsSql.replace('__TRUSTED__', has(versionNum, 'trustedExtensions') ? 'v.trusted' : 'false'),
  );
}
