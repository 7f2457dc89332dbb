import type { Provider } from './facts.js';

/** What a managed service leaves to be seen. */
export interface ProviderTraits {
  readonly host: string;
  readonly roles: ReadonlySet<string>;
  /** First parts of the names of custom settings: `rds`, `cloudsql`, `azure` … */
  readonly settingPrefixes: ReadonlySet<string>;
  readonly databases: ReadonlySet<string>;
  readonly hasAuroraVersion: boolean;
}

/**
 * Asked in order: the first that fits. Aurora is RDS too, AlloyDB has Cloud SQL's flags, DigitalOcean runs Aiven's
 * software.
 */
const providers: readonly { readonly provider: Provider; readonly fits: (seen: ProviderTraits) => boolean }[] = [
  {
    provider: 'aurora',
    fits: seen => seen.hasAuroraVersion || /\.cluster-[^.]+\.[^.]+\.rds\.amazonaws\.com/.test(seen.host),
  },
  {
    provider: 'rds',
    fits: seen =>
      seen.roles.has('rds_superuser') ||
      seen.settingPrefixes.has('rds') ||
      /\.rds\.amazonaws\.com(\.cn)?$/.test(seen.host),
  },
  { provider: 'alloydb', fits: seen => seen.roles.has('alloydbsuperuser') || seen.settingPrefixes.has('alloydb') },
  { provider: 'cloudsql', fits: seen => seen.roles.has('cloudsqlsuperuser') || seen.settingPrefixes.has('cloudsql') },
  {
    provider: 'azure',
    fits: seen =>
      seen.roles.has('azure_pg_admin') ||
      seen.settingPrefixes.has('azure') ||
      seen.host.endsWith('.postgres.database.azure.com'),
  },
  {
    provider: 'neon',
    fits: seen =>
      seen.roles.has('neon_superuser') || seen.settingPrefixes.has('neon') || seen.host.endsWith('.neon.tech'),
  },
  { provider: 'supabase', fits: seen => seen.roles.has('supabase_admin') || /\.supabase\.(co|com)$/.test(seen.host) },
  {
    provider: 'heroku',
    fits: seen =>
      seen.roles.has('heroku_admin') || seen.settingPrefixes.has('heroku') || seen.databases.has('heroku_ext'),
  },
  {
    provider: 'digitalocean',
    fits: seen =>
      seen.roles.has('doadmin') || seen.databases.has('_dodb') || seen.host.endsWith('.db.ondigitalocean.com'),
  },
  {
    provider: 'aiven',
    fits: seen => seen.roles.has('avnadmin') || seen.databases.has('_aiven') || seen.host.endsWith('.aivencloud.com'),
  },
  {
    provider: 'crunchy',
    fits: seen =>
      seen.roles.has('crunchy_superuser') ||
      seen.settingPrefixes.has('crunchybridge') ||
      seen.host.endsWith('.postgresbridge.com'),
  },
];

/** The managed service that runs the server, null for one of the user's own. */
export function detectProvider(seen: ProviderTraits): Provider | null {
  return providers.find(({ fits }) => fits(seen))?.provider ?? null;
}
