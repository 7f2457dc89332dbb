import { expect, it } from 'vitest';
import { detectProvider, type ProviderTraits } from '../../src/inspect/provider.js';

const none: ProviderTraits = {
  host: 'db.example.com',
  roles: new Set(),
  settingPrefixes: new Set(),
  databases: new Set(),
  hasAuroraVersion: false,
};

it.each<[string, Partial<ProviderTraits>, string | null]>([
  ['a server of the user', { roles: new Set(['postgres', 'app']) }, null],
  ['RDS', { roles: new Set(['rds_superuser']), settingPrefixes: new Set(['rds']) }, 'rds'],
  ['RDS by its host', { host: 'x.abc.eu-west-1.rds.amazonaws.com' }, 'rds'],
  ['Aurora, which has the roles of RDS', { roles: new Set(['rds_superuser']), hasAuroraVersion: true }, 'aurora'],
  ['Cloud SQL', { roles: new Set(['cloudsqlsuperuser']) }, 'cloudsql'],
  [
    'AlloyDB, which has the flags of Cloud SQL',
    { roles: new Set(['alloydbsuperuser', 'cloudsqlsuperuser']) },
    'alloydb',
  ],
  ['Azure', { roles: new Set(['azure_pg_admin']) }, 'azure'],
  ['Supabase', { roles: new Set(['supabase_admin']) }, 'supabase'],
  ['Neon', { host: 'ep-x.eu-central-1.aws.neon.tech' }, 'neon'],
  ['DigitalOcean', { roles: new Set(['doadmin', '_doadmin']) }, 'digitalocean'],
  ['Aiven', { databases: new Set(['_aiven']) }, 'aiven'],
  ['Crunchy Bridge', { host: 'p.abc.db.postgresbridge.com' }, 'crunchy'],
])('%s', (_, seen, provider) => {
  expect(detectProvider({ ...none, ...seen })).toBe(provider);
});
