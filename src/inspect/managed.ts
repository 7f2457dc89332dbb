import type { Provider } from './facts.js';

/** What a managed service keeps for itself on its servers: never migrated from there. */
export interface ProviderOwn {
  /** Nobody but the service may connect to them, or they hold nothing of the user. */
  readonly databases?: readonly string[];
  /** Names of its roles. */
  readonly roles?: RegExp;
  /** Made in users' databases, and managed there by the service. */
  readonly schemas?: readonly string[];
  /** Come with the service and are not to be had elsewhere. */
  readonly extensions?: readonly string[];
}

/**
 * From the services' own documentation and, for Supabase, Neon and Aiven, from their public repositories. Roles that an
 * application uses (anon, authenticated and service_role of Supabase, named in policies) are not among them.
 */
const own: Partial<Readonly<Record<Provider, ProviderOwn>>> = {
  rds: { databases: ['rdsadmin'], roles: /^rds/, extensions: ['rds_tools'] },
  aurora: { databases: ['rdsadmin'], roles: /^rds/, extensions: ['rds_tools', 'aurora_stat_utils'] },
  cloudsql: { databases: ['cloudsqladmin'], roles: /^cloudsql/, extensions: ['google_vacuum_mgmt'] },
  alloydb: {
    databases: ['alloydbadmin'],
    roles: /^alloydb/,
    extensions: ['google_columnar_engine', 'google_db_advisor', 'google_vacuum_mgmt'],
  },
  azure: {
    databases: ['azure_maintenance', 'azure_sys'],
    roles: /^(azure|replication$)/,
    extensions: ['azure', 'pgaadauth'],
  },
  supabase: {
    roles: /^(supabase_|pgsodium|(dashboard_user|pgbouncer)$)/,
    schemas: [
      '_analytics',
      '_realtime',
      'auth',
      'graphql',
      'graphql_public',
      'net',
      'pgbouncer',
      'pgsodium',
      'pgsodium_masks',
      'realtime',
      'storage',
      'supabase_functions',
      'vault',
    ],
    extensions: ['pg_graphql', 'pgsodium', 'supabase_vault'],
  },
  neon: { roles: /^(neon_|cloud_admin$)/, extensions: ['neon', 'neon_utils'] },
  heroku: { databases: ['heroku_ext'], roles: /^heroku/, schemas: ['heroku_ext', '_heroku'] },
  digitalocean: { databases: ['_dodb'], roles: /^(doadmin|_dodb)/ },
  aiven: { databases: ['_aiven'], roles: /^(avnadmin$|_?aiven)/, extensions: ['aiven_gatekeeper'] },
  crunchy: { roles: /^crunchy/ },
};

const nothing: ProviderOwn = {};

export function ownOf(provider: Provider | null): ProviderOwn {
  return provider === null ? nothing : (own[provider] ?? nothing);
}

/** Of every service: their names say whose they are, also where the service was not recognised. */
export const providerDatabases: ReadonlySet<string> = new Set(
  Object.values(own).flatMap(({ databases = [] }) => databases),
);
