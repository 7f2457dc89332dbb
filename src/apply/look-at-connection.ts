import { withConnection } from '../postgres/connect.js';
import { processEnvironment } from '../postgres/environment.js';
import { readConninfo } from '../postgres/resolve-conninfo.js';

export interface FoundDatabase {
  readonly name: string;
  readonly bytes: number;
}

export type ConnectionLook =
  | {
      readonly kind: 'answers';
      readonly version: string;
      /** `host:port`, or a socket's folder. */
      readonly address: string;
      /** Those that a migration could bring and that may be connected to, by name. */
      readonly databases: readonly FoundDatabase[];
    }
  | { readonly kind: 'unreachable'; readonly why: string }
  /** A variable is not set, or the connection cannot be read. */
  | { readonly kind: 'unknown'; readonly why: string };

const databasesSql = `
select d.datname as name, pg_database_size(d.oid)::float8 as bytes
from pg_database d
where d.datallowconn and not d.datistemplate and has_database_privilege(d.oid, 'connect')
order by 1`;

/** Tries a connection as a spec would hold it, variables and all. Reads, and writes nothing; secrets stay out of `why`. */
export async function lookAtConnection(connection: string): Promise<ConnectionLook> {
  const environment = processEnvironment();
  const unset = [...connection.matchAll(/\$\{(\w+)\}/g)].find(([, name = '']) => environment.env[name] === undefined);
  if (unset !== undefined) return { kind: 'unknown', why: `${unset[1] ?? ''} is not set in the environment` };
  const text = connection.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => environment.env[name] ?? '');
  const { conninfo, problems } = readConninfo(text, environment);
  if (conninfo === undefined) return { kind: 'unknown', why: problems[0]?.message ?? 'the connection cannot be read' };
  try {
    return await withConnection(conninfo, { purpose: 'init', reads: true }, async session => {
      const { version } = await session.row<{ version: string }>("select current_setting('server_version') as version");
      const [host] = conninfo.hosts;
      return {
        kind: 'answers' as const,
        version,
        address: host === undefined ? '' : `${host.host}:${host.port}`,
        databases: await session.rows<FoundDatabase>(databasesSql),
      };
    });
  } catch (error) {
    return { kind: 'unreachable', why: error instanceof Error ? error.message : String(error) };
  }
}
