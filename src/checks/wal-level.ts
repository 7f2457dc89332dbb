import { decodes, majorOf, neededWalLevel } from '../postgres/majors.js';
import type { Check } from './check.js';
import { settingChange, shownSetting } from './setting-change.js';

export const walLevel: Check = {
  code: 'PGM201',
  slug: 'wal-level',
  title: 'wal_level of the source',
  scope: 'continuous',
  why:
    'Only with wal_level = logical does the write-ahead log hold what logical decoding needs; no ' +
    'logical replication slot can be made before. From PostgreSQL 19 on replica is enough: the ' +
    'server switches logical decoding on with the first slot.',
  decided:
    'wal_level of the running source: logical, or replica from 19 on. pgm sets it ' +
    'by ALTER SYSTEM where the role may; it takes a restart.',
  remedy: "alter system set wal_level = 'logical'; then restart the source.",
  providers: {
    rds: 'Set rds.logical_replication = 1 in the parameter group of the instance, then reboot the instance.',
    aurora: 'Set rds.logical_replication = 1 in the cluster parameter group, then reboot the writer instance.',
    cloudsql:
      'gcloud sql instances patch INSTANCE --database-flags=cloudsql.logical_decoding=on   # restarts it; ' +
      'list the flags that are set already too',
    alloydb:
      'gcloud alloydb instances update INSTANCE --cluster=CLUSTER --region=REGION ' +
      '--database-flags=alloydb.logical_decoding=on   # restarts it',
    azure:
      'az postgres flexible-server parameter set --resource-group GROUP --server-name SERVER --name ' +
      'wal_level --value logical   # then: az postgres flexible-server restart',
    supabase: 'wal_level is logical on every project; if it is not, ask Supabase.',
    neon:
      'Turn on "Logical Replication" in the project\'s settings; it restarts ' +
      'all computes. It cannot be turned off again.',
    heroku: 'Heroku Postgres does not offer logical replication: use method: dump.',
    digitalocean: 'wal_level is logical on every cluster; if it is not, ask DigitalOcean.',
    aiven: 'wal_level is logical on every service; if it is not, ask Aiven.',
    crunchy: 'wal_level is logical on every cluster; if it is not, ask Crunchy Data.',
  },
  run: ({ source }) => {
    const setting = source?.settings.get('wal_level');
    if (source === null || setting === undefined) return [];
    const { versionNum } = source;
    const needed = neededWalLevel(versionNum);
    if (decodes(setting.value, versionNum))
      return [
        {
          severity: 'ok',
          server: 'source',
          object: 'wal_level',
          message:
            setting.value === 'logical'
              ? 'wal_level is logical'
              : `wal_level is ${setting.value}; PostgreSQL ${majorOf(versionNum)} ` +
                'switches logical decoding on with the first slot',
          current: setting.value,
          required: needed,
        },
      ];
    return [
      settingChange({
        server: 'source',
        facts: source,
        name: 'wal_level',
        value: needed,
        suffices: value => decodes(value, versionNum),
        message: `wal_level is ${shownSetting(setting)}, logical replication needs ${needed}`,
        required: needed,
        providers: walLevel.providers,
      }),
    ];
  },
};
