import type { Provider } from '../../src/inspect/facts.js';

/**
 * A managed service's traits on a plain server: its roles, with what its own PostgreSQL gives them as far as grants can
 * say it; its databases, which nobody may enter; what it puts into users' databases. Both sides get the same.
 */
export interface Imitation {
  readonly provider: Provider;
  /** As whom pgm connects: what the service calls its admin. */
  readonly admin: string;
  /** Run once in a server, as its superuser. */
  readonly roles: string;
  readonly databases: readonly string[];
  /** Run in the user's database, on both sides, before anything is migrated. */
  readonly inDatabase?: string;
  /** Schemas and extensions that must stay behind. */
  readonly own?: string;
}

/**
 * What the admin roles of all of them can do on 16 and later; pg_create_subscription not where aiven_extras is in its
 * place.
 */
const powers = 'pg_monitor, pg_signal_backend';

export const imitations: readonly Imitation[] = [
  {
    provider: 'rds',
    admin: 'master',
    // REPLICATION stands for rds_replication, which RDS's own server honours.
    roles: `create role rdsadmin superuser; create role rds_superuser; create role rds_replication; create role rds_password; create role rds_iam;
      grant ${powers}, pg_create_subscription to rds_superuser; grant rds_replication, rds_password to rds_superuser with admin option;
      create role master login createdb createrole replication in role rds_superuser`,
    databases: ['rdsadmin'],
  },
  {
    provider: 'cloudsql',
    admin: 'admin',
    roles: `create role cloudsqladmin superuser; create role cloudsqlagent; create role cloudsqlsuperuser createdb createrole; create role cloudsqlimportexport;
      grant ${powers}, pg_create_subscription to cloudsqlsuperuser; create role admin login createdb createrole replication in role cloudsqlsuperuser`,
    databases: ['cloudsqladmin'],
  },
  {
    provider: 'azure',
    admin: 'azadmin',
    roles: `create role azuresu superuser; create role replication replication; create role azure_pg_admin;
      grant ${powers}, pg_create_subscription to azure_pg_admin; create role azadmin login createdb createrole replication in role azure_pg_admin`,
    databases: ['azure_maintenance', 'azure_sys'],
  },
  {
    provider: 'supabase',
    admin: 'owner',
    // The service's admin is called postgres, the name of this server's superuser.
    roles: `create role supabase_admin superuser; create role supabase_auth_admin; create role supabase_storage_admin; create role anon; create role authenticated; create role dashboard_user;
      create role owner login createdb createrole replication bypassrls; grant ${powers}, pg_create_subscription to owner; grant anon, authenticated to owner with admin option`,
    databases: [],
    inDatabase: `create schema auth authorization supabase_auth_admin; create table auth.users (id int primary key, email text); insert into auth.users values (1, 'a@example.com');
      create function auth.uid() returns int language sql as 'select 1'; alter table auth.users owner to supabase_auth_admin;
      create schema storage authorization supabase_storage_admin; create table storage.objects (id bigserial primary key, name text); alter table storage.objects owner to supabase_storage_admin;
      grant usage on schema auth, storage to owner; grant select on all tables in schema auth, storage to owner`,
    own: 'schema auth, schema storage',
  },
  {
    provider: 'neon',
    admin: 'neondb_owner',
    roles: `create role cloud_admin superuser; create role neon_superuser createdb createrole replication bypassrls; create role neon_service;
      grant ${powers}, pg_create_subscription, pg_read_all_data, pg_write_all_data to neon_superuser; create role neondb_owner login createdb createrole replication bypassrls in role neon_superuser`,
    databases: [],
  },
  {
    provider: 'digitalocean',
    admin: 'doadmin',
    roles: `create role _dodb; create role doadmin login createdb createrole replication; grant ${powers} to doadmin`,
    databases: ['_dodb'],
    inDatabase: "create extension aiven_extras version '1.1.18'",
  },
  {
    provider: 'aiven',
    admin: 'avnadmin',
    roles:
      'create role _aiven superuser; create role avnadmin login createdb createrole ' +
      `replication; grant ${powers}, pg_create_subscription to avnadmin`,
    databases: ['_aiven'],
    inDatabase:
      "create extension aiven_extras version '1.1.20'; grant execute on all " +
      'functions in schema aiven_extras to avnadmin',
  },
];
