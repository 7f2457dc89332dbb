import { shownName } from '../postgres/relation-key.js';
import { publishedTables } from '../inspect/moved-tables.js';
import type { DatabaseFacts, ServerFacts } from '../inspect/facts.js';
import { forwardRights, mayReplicate, publishingRight, type Right } from '../inspect/rights.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';
import { has } from '../postgres/since.js';

export const replicationRight: Check = {
  code: 'PGM401',
  slug: 'replication-right',
  title: 'Right of the source role to replicate',
  scope: 'continuous',
  why:
    'Making a replication slot and streaming from it needs the REPLICATION ' +
    'attribute; without it only a dump is possible.',
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
    if (mayReplicate(source))
      return [{ severity: 'ok', server: 'source', object: user.name, message: `role ${user.name} may replicate` }];
    const remedy =
      provider === 'rds' || provider === 'aurora'
        ? `grant rds_replication to ${quoteIdentifier(user.name)};`
        : provider === 'heroku'
          ? replicationRight.providers?.heroku
          : `alter role ${quoteIdentifier(user.name)} replication;`;
    return [
      {
        severity: 'error',
        server: 'source',
        object: user.name,
        message: `role ${user.name} may not make replication slots`,
        current: 'no REPLICATION',
        required: 'REPLICATION',
        remedy: remedy ?? null,
      },
    ];
  },
};

export const publicationRight: Check = {
  code: 'PGM402',
  slug: 'publication-right',
  title: 'Right of the source role to publish the tables',
  scope: 'continuous',
  why:
    'Only the owner of a table, or a superuser, may put it in a publication; ' +
    'aiven_extras has a function that does it for others.',
  decided:
    'Superuser; or EXECUTE on aiven_extras.pg_create_publication; or CREATE on the database and ' +
    'ownership (as itself or by a role it is in) of every table in scope.',
  remedy:
    "create extension aiven_extras cascade; where it is available, or make the role a member of the tables' owners.",
  run: ({ source, facts }) => {
    if (source === null) return [];
    if (source.user.superuser)
      return [
        {
          severity: 'ok',
          server: 'source',
          object: source.user.name,
          message: `role ${source.user.name} is superuser`,
        },
      ];
    return facts.databases.flatMap(database => publicationGap(source, database));
  },
};

function publicationGap(server: ServerFacts, database: DatabaseFacts): Seen[] {
  const { name, source } = database;
  const { user } = server;
  const foreign = publishedTables(database).filter(({ isOwner }) => !isOwner);
  const right = publishingRight(server, source, foreign.length === 0);
  if (right.way === 'plain')
    return [{ severity: 'ok', server: 'source', database: name, message: 'the role owns the tables' }];
  if (right.way !== null && !right.needsExtension)
    return [{ severity: 'ok', server: 'source', database: name, message: 'aiven_extras makes the publication' }];
  const what =
    foreign.length === 0
      ? 'CREATE on the database'
      : 'ownership ' +
        `of ${foreign.slice(0, 5).map(shownName).join(', ')}${foreign.length > 5 ? ` and ${foreign.length - 5} more tables` : ''}`;
  const seen = {
    server: 'source',
    database: name,
    object: user.name,
    message: `role ${user.name} may not publish the tables: it lacks ${what}`,
    current: null,
    required: 'superuser, aiven_extras or ownership',
  } as const;
  if (right.way !== null) return [byExtension(seen)];
  if (right.lacking === 'execute')
    return [executeRefused(seen, source.aivenExtras?.version ?? '', 'pg_create_publication')];
  const role = quoteIdentifier(user.name);
  const owners = [...new Set(foreign.map(({ owner }) => owner))].sort();
  const grants = [
    ...(source.canCreate ? [] : [`grant create on database ${quoteIdentifier(name)} to ${role};`]),
    ...owners.map(owner => `grant ${quoteIdentifier(owner)} to ${role};`),
  ];
  const available =
    source.aivenExtras === null && server.availableExtensions.some(extension => extension.name === 'aiven_extras');
  const extension = available
    ? [`-- or, as a superuser in database ${quoteIdentifier(name)}: create extension aiven_extras cascade;`]
    : [];
  return [{ ...seen, severity: 'error', remedy: [...grants, ...extension].join('\n') }];
}

export const subscriptionRight: Check = {
  code: 'PGM403',
  slug: 'subscription-right',
  title: 'Right of the target role to subscribe',
  scope: 'continuous',
  why: 'A subscription is what pulls the changes into the target; few roles may make one.',
  decided:
    'Superuser; or the privileges of pg_create_subscription (16 on; a membership that inherits) with a ' +
    "password in the source's connection, or the role that the provider lets subscribe (rds_superuser, " +
    'cloudsqlsuperuser, azure_pg_admin, neon_superuser), with CREATE on the database; or EXECUTE on ' +
    'aiven_extras.pg_create_subscription where it runs as a superuser (to 15, or before 1.1.20).',
  remedy:
    'grant pg_create_subscription to R with inherit true (16 on); create ' +
    'extension aiven_extras cascade; or connect as a superuser.',
  providers: {
    rds: 'grant rds_superuser to R;',
    aurora: 'grant rds_superuser to R;',
    cloudsql: 'grant cloudsqlsuperuser to R;',
    alloydb: 'grant alloydbsuperuser to R;',
    azure: 'grant azure_pg_admin to R;',
    neon: 'grant neon_superuser to R;',
    heroku: 'Heroku Postgres does not let roles subscribe: use method: dump.',
    aiven: 'create extension aiven_extras cascade; in each target database, as avnadmin.',
    digitalocean: 'create extension aiven_extras cascade; in each target database, as doadmin.',
  },
  run: ({ spec, source, target, facts }) => {
    if (target === null || source === null) return [];
    const gaps = facts.databases.map(database =>
      subscriptionGap(target, source.provider, database, forwardRights(spec, { source, target }, database).subscribes),
    );
    // What lies in the role is said once, not for each database.
    return gaps
      .flat()
      .filter(
        (seen, index, all) =>
          seen.database !== undefined ||
          all.findIndex(({ message, database }) => database === undefined && message === seen.message) === index,
      );
  },
};

function subscriptionGap(
  { user, provider, versionNum }: ServerFacts,
  sourceProvider: ServerFacts['provider'],
  { name, target }: DatabaseFacts,
  right: Right,
): Seen[] {
  if (right.way === 'plain')
    return [{ severity: 'ok', server: 'target', object: user.name, message: `role ${user.name} may subscribe` }];
  if (right.way !== null && !right.needsExtension)
    return [{ severity: 'ok', server: 'target', database: name, message: 'aiven_extras makes the subscription' }];
  const role = quoteIdentifier(user.name);
  const mayNot = {
    server: 'target',
    object: user.name,
    message: `role ${user.name} may not make a subscription`,
    current: null,
    required: has(versionNum, 'subscriptionRole')
      ? 'superuser, pg_create_subscription or aiven_extras'
      : 'superuser or aiven_extras',
  } as const;
  const seen = { ...mayNot, database: name } as const;
  if (right.way !== null) return [byExtension(seen)];
  switch (right.lacking) {
    case 'execute':
      return [executeRefused(seen, target?.aivenExtras?.version ?? '', 'pg_create_subscription')];
    case 'password':
      // Only a superuser's subscription may go without (password_required).
      return [
        {
          ...mayNot,
          severity: 'error',
          message: `role ${user.name} may subscribe only with a password, and the source's connection has none`,
          current: 'no password',
          required: 'a password',
          remedy:
            `Give the source's role a ` +
            `password${sourceProvider === null ? ', require it in pg_hba.conf (scram-sha-256)' : ''} ` +
            'and name it in the spec.',
        },
      ];
    case 'create':
      return [
        {
          ...seen,
          severity: 'error',
          message: `${seen.message} in ${name}: it lacks CREATE on the database`,
          required: 'CREATE on the database',
          remedy: `grant create on database ${quoteIdentifier(name)} to ${role};`,
        },
      ];
    default: {
      const known =
        provider === null ? undefined : subscriptionRight.providers?.[provider]?.replace(/\bR\b/, () => role);
      const older =
        provider === null
          ? `alter role ${role} superuser;`
          : "Connect as the service's admin role, or use method: dump.";
      return [
        {
          ...seen,
          severity: 'error',
          remedy:
            known ??
            (has(versionNum, 'subscriptionRole')
              ? `grant pg_create_subscription to ${role} with inherit true;`
              : older),
        },
      ];
    }
  }
}

/** aiven_extras gives the right, once it is created: a step of the plan. */
export function byExtension(
  seen: Pick<Seen, 'message' | 'current' | 'required' | 'object'> & {
    readonly server: 'source' | 'target';
    readonly database: string;
  },
): Seen {
  return {
    ...seen,
    severity: 'warning',
    status: 'change',
    step: `${seen.database}/extension/aiven_extras`,
    change: { kind: 'extension', server: seen.server, database: seen.database, name: 'aiven_extras' },
  };
}

/** The extension is there, but since 1.1.20 its functions are not for everybody. */
function executeRefused(
  seen: Pick<Seen, 'server' | 'current' | 'required'> & {
    readonly database: string;
    readonly object: string;
    readonly message: string;
  },
  version: string,
  name: string,
): Seen {
  const role = quoteIdentifier(seen.object);
  return {
    ...seen,
    severity: 'error',
    message: `${seen.message}; aiven_extras ${version} is installed, but the role may not EXECUTE aiven_extras.${name}`,
    current: `no EXECUTE on aiven_extras.${name}`,
    remedy:
      `-- in database ${quoteIdentifier(seen.database)} of the ${seen.server}, as the ` +
      `extension's owner:\ngrant usage on schema aiven_extras to ${role};\ngrant execute ` +
      `on all functions in schema aiven_extras to ${role};`,
  };
}
