import { quoteLiteral } from '../postgres/identifiers.js';
import type { Provider, ServerFacts, Setting } from '../inspect/facts.js';
import { isSettable } from '../state/settable.js';
import type { Seen } from './check.js';

export interface WantedSetting {
  readonly server: 'source' | 'target';
  readonly facts: ServerFacts;
  readonly name: string;
  readonly value: string;
  /** True when a value (here: the one in the configuration file) is good enough. */
  readonly suffices: (value: string) => boolean;
  readonly message: string;
  readonly required: string;
  /** How a managed service is told. */
  readonly providers?: Partial<Readonly<Record<Provider, string>>> | undefined;
  /** Severity when pgm may not change it. */
  readonly otherwise?: 'error' | 'warning';
}

/**
 * A setting that must change: done by pgm where the rights allow, else with what to type. The target is never restarted
 * by pgm, so its settings that need a restart are the user's to change.
 */
export function settingChange(wanted: WantedSetting): Seen {
  const { server, facts, name, value, message, required } = wanted;
  const setting = facts.settings.get(name);
  const seen = {
    server,
    object: name,
    message,
    current: setting === undefined ? null : shownSetting(setting),
    required,
  } as const;
  const restart = setting?.context === 'postmaster';
  const inFile = setting?.fileValue ?? null;
  const waits = restart && inFile !== null && wanted.suffices(inFile);
  if (mayChange(facts, server, name, restart)) {
    return {
      ...seen,
      severity: restart ? 'warning' : 'info',
      status: 'change',
      step: `${server}/server-setting/${name}`,
      change: { kind: 'server-setting', server, name, value: waits ? inFile : value, restart },
      message: waits ? `${message} (${inFile} is set and waits for a restart)` : message,
    };
  }
  if (waits)
    return {
      ...seen,
      severity: wanted.otherwise ?? 'error',
      remedy: `-- ${name} = ${inFile} is set already: restart the ${server} server`,
    };
  return { ...seen, severity: wanted.otherwise ?? 'error', remedy: settingRemedy(wanted, restart) };
}

function mayChange(facts: ServerFacts, server: 'source' | 'target', name: string, restart: boolean): boolean {
  if (facts.provider !== null || (restart && server === 'target')) return false;
  // What pgm sets it must be able to put back (state/settable.ts).
  if (!isSettable(server, name)) return false;
  const granted = facts.alterSystem === 'all' || facts.alterSystem.includes(name);
  return granted && (restart || facts.canReload);
}

/** What to type, where pgm may not change the setting itself. */
export function settingRemedy(
  { server, facts, name, value, providers }: Pick<WantedSetting, 'server' | 'facts' | 'name' | 'value' | 'providers'>,
  restart: boolean,
): string {
  if (facts.provider !== null)
    return providers?.[facts.provider] ?? providerSetting(facts.provider, name, value, restart);
  const then = restart ? `-- then restart the ${server} server` : 'select pg_reload_conf();';
  const who = facts.user.superuser ? [] : [`-- on the ${server}, as a superuser:`];
  return [...who, `alter system set ${name} = ${quoteLiteral(value).trim()};`, then].join('\n');
}

/** Where each managed service keeps PostgreSQL's settings. */
export function providerSetting(provider: Provider, name: string, value: string, restart: boolean): string {
  const reboot = restart ? ', then restart the server' : '';
  switch (provider) {
    case 'rds':
      return `Set ${name} = ${value} in the instance's parameter group${restart ? ', then reboot the instance' : ''}.`;
    case 'aurora':
      return (
        `Set ${name} = ${value} in the cluster parameter ` +
        `group${restart ? ', then reboot the writer instance' : ''}.`
      );
    case 'cloudsql':
      return (
        `gcloud sql instances patch INSTANCE --database-flags=${name}=${value}   # ` +
        'keeps no other flag: list those set already too'
      );
    case 'alloydb':
      return (
        'gcloud alloydb instances update INSTANCE --cluster=CLUSTER --region=REGION ' +
        `--database-flags=${name}=${value}   # keeps no other flag: list those set already too`
      );
    case 'azure':
      return (
        `az postgres flexible-server parameter set --resource-group GROUP --server-name SERVER --name ${name} ` +
        `--value ${value}${restart ? '   # then: az postgres flexible-server restart' : ''}`
      );
    case 'supabase':
      return (
        'supabase --experimental postgres-config update ' +
        `--config ${name}=${value}${restart ? '   # restarts the database' : ''}`
      );
    case 'neon':
      return `Neon sets ${name} itself; ask Neon's support to raise it to ${value}.`;
    case 'heroku':
      return `Heroku Postgres does not let ${name} be changed; use method: dump.`;
    case 'digitalocean':
      return (
        `Set ${name} = ${value} through DigitalOcean's API (PATCH ` +
        `/v2/databases/ID/config) or ask its support${reboot}.`
      );
    case 'aiven':
      return `avn service update SERVICE -c pg.${name}=${value}   # Aiven restarts the service where that is needed`;
    case 'crunchy':
      return `Set ${name} = ${value} among the cluster's configuration parameters in Crunchy Bridge${reboot}.`;
  }
}

/** A setting's value with its unit, as pg_settings keeps it. */
export function shownSetting({ value, unit }: Setting): string {
  if (unit === null || !/^-?\d+$/.test(value)) return value === '' ? "''" : value;
  return /^\d/.test(unit) ? `${value} × ${unit}` : `${value}${unit}`;
}

/** The number of a setting that has one; null where the version does not know it. */
export function numericSetting(facts: ServerFacts, name: string): number | null {
  const value = facts.settings.get(name)?.value;
  return value === undefined ? null : Number(value);
}
