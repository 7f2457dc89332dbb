import type { DatabaseFacts, ServerFacts } from '../inspect/facts.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, CheckInput, Seen } from './check.js';
import { publishedTables, shownName } from './check.js';

export const replicationRight: Check = {
  code: 'PGM401',
  slug: 'replication-right',
  title: 'The source role may replicate',
  scope: 'continuous',
  why: 'Making a replication slot and streaming from it needs the REPLICATION attribute; without it only a dump is possible.',
  decided: "Superuser, the role's REPLICATION attribute, or membership in rds_replication.",
  remedy: 'alter role R replication;',
  providers: {
    rds: 'grant rds_replication to R;',
    aurora: 'grant rds_replication to R;',
    cloudsql: 'alter user R with replication;   -- as postgres',
    heroku: 'Heroku Postgres does not offer it: use method: dump.',
  },
  run: ({ source }) => {
    if (source === null) return [];
    const { user, provider } = source;
    if (user.superuser || user.replication || user.memberOf.includes('rds_replication')) return [{ severity: 'ok', server: 'source', object: user.name, message: `role ${user.name} may replicate` }];
    const remedy = provider === 'rds' || provider === 'aurora' ? `grant rds_replication to ${quoteIdentifier(user.name)};` : provider === 'heroku' ? replicationRight.providers?.heroku : `alter role ${quoteIdentifier(user.name)} replication;`;
    return [{ severity: 'error', server: 'source', object: user.name, message: `role ${user.name} may not make replication slots`, current: 'no REPLICATION', required: 'REPLICATION', remedy: remedy ?? null }];
  },
};

export const publicationRight: Check = {
  code: 'PGM402',
  slug: 'publication-right',
  title: 'The source role may publish the tables',
  scope: 'continuous',
  why: 'Only the owner of a table, or a superuser, may put it in a publication; aiven_extras has a function that does it for others.',
  decided: 'Superuser; or EXECUTE on aiven_extras.pg_create_publication; or CREATE on the database and ownership (as itself or by a role it is in) of every table in scope.',
  remedy: "create extension aiven_extras cascade; where it is available, or make the role a member of the tables' owners.",
  run: ({ source, facts }) => {
    if (source === null) return [];
    if (source.user.superuser) return [{ severity: 'ok', server: 'source', object: source.user.name, message: `role ${source.user.name} is superuser` }];
    return facts.databases.flatMap(database => publicationGap(source, database));
  },
};

function publicationGap({ user, availableExtensions }: ServerFacts, database: DatabaseFacts): Seen[] {
  const { name, source } = database;
  if (source.aivenExtras?.canCreatePublication === true) return [{ severity: 'ok', server: 'source', database: name, message: 'aiven_extras makes the publication' }];
  const foreign = publishedTables(database).filter(({ isOwner }) => !isOwner);
  if (foreign.length === 0 && source.canCreate) return [{ severity: 'ok', server: 'source', database: name, message: 'the role owns the tables' }];
  const owners = [...new Set(foreign.map(({ owner }) => owner))].sort();
  const what = foreign.length === 0 ? 'CREATE on the database' : `ownership of ${foreign.slice(0, 5).map(shownName).join(', ')}${foreign.length > 5 ? ` and ${foreign.length - 5} more tables` : ''}`;
  const seen = { server: 'source', database: name, object: user.name, message: `role ${user.name} may not publish the tables: it lacks ${what}`, current: null, required: 'superuser, aiven_extras or ownership' } as const;
  if (source.aivenExtras?.refused.includes('pg_create_publication') === true) return [executeRefused(seen, source.aivenExtras.version, 'pg_create_publication')];
  const aiven = availableExtensions.find(extension => extension.name === 'aiven_extras');
  if (source.aivenExtras === null && aiven?.needsSuperuser === false && source.canCreate) {
    return [{ ...seen, severity: 'warning', status: 'change', step: `${name}/extension/aiven_extras`, change: { kind: 'extension', server: 'source', database: name, name: 'aiven_extras' } }];
  }
  const role = quoteIdentifier(user.name);
  const grants = [...(source.canCreate ? [] : [`grant create on database ${quoteIdentifier(name)} to ${role};`]), ...owners.map(owner => `grant ${quoteIdentifier(owner)} to ${role};`)];
  const extension = aiven === undefined || source.aivenExtras !== null ? [] : [`-- or, as a superuser in database ${quoteIdentifier(name)}: create extension aiven_extras cascade;`];
  return [{ ...seen, severity: 'error', remedy: [...grants, ...extension].join('\n') }];
}

export const subscriptionRight: Check = {
  code: 'PGM403',
  slug: 'subscription-right',
  title: 'The target role may subscribe',
  scope: 'continuous',
  why: 'A subscription is what pulls the changes into the target; few roles may make one.',
  decided: "Superuser; from 16 on the privileges of pg_create_subscription (a membership that inherits), CREATE on the database and a password in the source's connection; or EXECUTE on aiven_extras.pg_create_subscription.",
  remedy: 'grant pg_create_subscription to R with inherit true (16 on); create extension aiven_extras cascade; or connect as a superuser.',
  providers: {
    rds: 'grant rds_superuser to R; rds_superuser may subscribe.',
    aurora: 'grant rds_superuser to R; rds_superuser may subscribe.',
    heroku: 'Heroku Postgres does not let roles subscribe: use method: dump.',
    aiven: 'create extension aiven_extras cascade; in each target database, as avnadmin.',
    digitalocean: 'create extension aiven_extras cascade; in each target database, as doadmin.',
  },
  run: input => {
    const { target, facts } = input;
    if (target === null) return [];
    const { user } = target;
    if (user.superuser || user.memberOf.includes('rds_superuser')) return [{ severity: 'ok', server: 'target', object: user.name, message: `role ${user.name} may subscribe` }];
    if (user.subscribes) return withPassword(input, user.name);
    return facts.databases.flatMap(database => subscriptionGap(target, database));
  },
};

/** Only a superuser's subscription may go without a password (password_required). */
function withPassword({ spec }: CheckInput, role: string): Seen[] {
  if (spec.source.connection.password !== undefined) return [{ severity: 'ok', server: 'target', object: role, message: `role ${role} has the privileges of pg_create_subscription` }];
  return [{ severity: 'error', server: 'target', object: role, message: `role ${role} may subscribe only with a password, and the source's connection has none`, current: 'no password', required: 'a password', remedy: "Give the source's role a password, require it in pg_hba.conf (scram-sha-256) and name it in the spec." }];
}

function subscriptionGap({ user, provider, versionNum, availableExtensions }: ServerFacts, { name, target }: DatabaseFacts): Seen[] {
  if (target?.aivenExtras?.canCreateSubscription === true) return [{ severity: 'ok', server: 'target', database: name, message: 'aiven_extras makes the subscription' }];
  const seen = { server: 'target', database: name, object: user.name, message: `role ${user.name} may not make a subscription`, current: null, required: versionNum >= 160000 ? 'superuser, pg_create_subscription or aiven_extras' : 'superuser or aiven_extras' } as const;
  if (target?.aivenExtras?.refused.includes('pg_create_subscription') === true) return [executeRefused(seen, target.aivenExtras.version, 'pg_create_subscription')];
  const aiven = availableExtensions.find(extension => extension.name === 'aiven_extras');
  const mayCreate = aiven?.needsSuperuser === false || ((provider === 'aiven' || provider === 'digitalocean') && aiven !== undefined);
  if ((target?.aivenExtras ?? null) === null && mayCreate && (target === null || target.canCreate)) {
    return [{ ...seen, severity: 'warning', status: 'change', step: `${name}/extension/aiven_extras`, change: { kind: 'extension', server: 'target', database: name, name: 'aiven_extras' } }];
  }
  const role = quoteIdentifier(user.name);
  const known = provider === null ? undefined : subscriptionRight.providers?.[provider];
  return [{ ...seen, severity: 'error', remedy: known ?? (versionNum >= 160000 ? `grant pg_create_subscription to ${role} with inherit true;` : `alter role ${role} superuser;`) }];
}

/** The extension is there, but since 1.1.20 its functions are not for everybody. */
function executeRefused(seen: Pick<Seen, 'server' | 'current' | 'required'> & { readonly database: string; readonly object: string; readonly message: string }, version: string, name: string): Seen {
  const role = quoteIdentifier(seen.object);
  return {
    ...seen,
    severity: 'error',
    message: `${seen.message}; aiven_extras ${version} is installed, but the role may not EXECUTE aiven_extras.${name}`,
    current: `no EXECUTE on aiven_extras.${name}`,
    remedy: `-- in database ${quoteIdentifier(seen.database)} of the ${seen.server}, as the extension's owner:\ngrant usage on schema aiven_extras to ${role};\ngrant execute on all functions in schema aiven_extras to ${role};`,
  };
}
