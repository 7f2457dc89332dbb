import { shownName } from '../postgres/relation-key.js';
import { movedTables } from '../inspect/moved-tables.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { missingRoles } from '../inspect/missing-roles.js';
import type { Check, Seen } from './check.js';
import { has } from '../postgres/since.js';

export const createDatabase: Check = {
  code: 'PGM408',
  slug: 'create-database',
  title: 'Right of the target role to create databases',
  scope: 'any',
  why: 'A database that the target does not have yet is made by pgm, with the encoding and locale of the source.',
  decided: 'CREATEDB or superuser, when a database in scope is missing on the target; CREATE on those that are there.',
  remedy: 'alter role R createdb; or make the databases yourself, from template0.',
  providers: { heroku: 'Heroku Postgres has one database: migrate into it under its own name.' },
  run: ({ target, facts }) => {
    if (target === null || target.user.superuser) return [];
    const role = quoteIdentifier(target.user.name);
    const there = new Set(target.databases.map(({ name }) => name));
    return facts.databases.flatMap(({ name, target: contents }): Seen[] => {
      if (!there.has(name)) {
        return target.user.createdb
          ? []
          : [
              {
                severity: 'error',
                server: 'target',
                database: name,
                object: name,
                message: `role ${target.user.name} may not create database ${name} on the target`,
                required: 'CREATEDB',
                remedy: `alter role ${role} createdb;`,
              },
            ];
      }
      if (contents === null || contents.canCreate) return [];
      return [
        {
          severity: 'error',
          server: 'target',
          database: name,
          object: name,
          message: `role ${target.user.name} may not create schemas in database ${name} on the target`,
          required: 'CREATE',
          remedy: `grant create on database ${quoteIdentifier(name)} to ${role};`,
        },
      ];
    });
  },
};

export const createRole: Check = {
  code: 'PGM409',
  slug: 'create-role',
  title: 'Right of the target role to create roles',
  scope: 'any',
  why: 'Roles come before all that they own; their passwords come along where the source lets them be read.',
  decided: 'With `roles: copy`: CREATEROLE or superuser, when a role of the source is missing on the target.',
  remedy: 'alter role R createrole; or create the roles yourself and say roles: skip.',
  run: ({ source, target, spec }) => {
    if (source === null || target === null || spec.roles === 'skip' || target.user.superuser || target.user.createrole)
      return [];
    const missing = missingRoles(source, target).map(({ name }) => name);
    if (missing.length === 0) return [];
    return [
      {
        severity: 'error',
        server: 'target',
        object: target.user.name,
        message:
          `role ${target.user.name} may not create the roles that are ` +
          `missing on the target: ${missing.join(', ')}`,
        required: 'CREATEROLE',
        remedy: `alter role ${quoteIdentifier(target.user.name)} createrole;`,
      },
    ];
  },
};

export const rolePasswords: Check = {
  code: 'PGM417',
  slug: 'role-passwords',
  title: 'Right of the source role to read password hashes',
  scope: 'any',
  why:
    'Only a superuser may read them. Roles are made without a password then, and ' +
    'cannot log in by one until somebody gives it to them.',
  decided:
    'With `roles: copy`: roles with LOGIN that the target lacks, when the source ' +
    'role is no superuser and has no SELECT on pg_authid.',
  remedy:
    'Give them passwords on the target after the copy, or make the roles there ' +
    'before; or connect to the source as a superuser.',
  run: ({ source, target, spec }) => {
    if (source === null || target === null || spec.roles === 'skip' || source.user.superuser || source.canReadPasswords)
      return [];
    const names = missingRoles(source, target)
      .filter(({ canLogin }) => canLogin)
      .map(({ name }) => name);
    if (names.length === 0) return [];
    return [
      {
        severity: 'warning',
        server: 'source',
        object: source.user.name,
        message:
          `role ${source.user.name} may not read password hashes on the source: these ` +
          `roles will have none on the target: ${names.join(', ')}`,
        required: 'superuser',
        remedy:
          names.map(name => `\\password ${quoteIdentifier(name)}`).join('\n') +
          '\n-- in psql on the target, after the copy',
      },
    ];
  },
};

export const ownerMembership: Check = {
  code: 'PGM410',
  slug: 'owner-membership',
  title: 'Right of the target role to assign owners',
  scope: 'any',
  why: 'A role that is not superuser may give an object only to a role that it is a member of.',
  decided:
    'Owners of the tables and schemas in scope that the target has, except the roles that the target role may ' +
    'SET ROLE to. Roles that pgm makes itself it is a member of (16 on) or can join.',
  remedy:
    'grant OWNER to R; never for an owner that is superuser: connect as one, or let another role own these objects.',
  run: ({ target, facts }) => {
    if (target === null || target.user.superuser) return [];
    const member = new Set([target.user.name, ...target.user.canBecome]);
    const there = new Set(target.roles.map(({ name }) => name));
    const superusers = new Set(target.roles.filter(({ superuser }) => superuser).map(({ name }) => name));
    const wanted = new Set(
      facts.databases.flatMap(({ source }) =>
        [...source.tables.filter(({ inScope }) => inScope), ...source.schemas].map(({ owner }) => owner),
      ),
    );
    return [...wanted]
      .filter(owner => there.has(owner) && !member.has(owner) && !owner.startsWith('pg_'))
      .sort()
      .map((owner): Seen => ({
        severity: 'warning',
        server: 'target',
        object: owner,
        message: `role ${target.user.name} is not a member of ${owner} on the target, which owns objects on the source`,
        required: `member of ${owner}`,
        remedy: superusers.has(owner)
          ? `-- ${owner} is a superuser, and membership would hand out all of its rights: connect to the ` +
            'target as a superuser, or let another role own these objects on the source'
          : `grant ${quoteIdentifier(owner)} to ${quoteIdentifier(target.user.name)};`,
      }));
  },
};

export const freezeRight: Check = {
  code: 'PGM411',
  slug: 'freeze-right',
  title: 'Right of the source role to lock the tables for the cutover',
  scope: 'any',
  why:
    'The cutover locks the tables so that nobody writes while the last changes go ' +
    'over. LOCK TABLE in EXCLUSIVE MODE needs more than SELECT.',
  decided:
    'With cutover.freeze: locks. UPDATE, DELETE or TRUNCATE on each table in scope ' +
    '(or MAINTAIN, 17 on). A warning until cutover is the goal.',
  remedy:
    'grant update on all tables in schema S to R; or choose cutover: {freeze: ' +
    'read_only}, or none when the applications are stopped by other means.',
  run: ({ source, facts, spec, continuous }) => {
    if (source === null || !continuous || spec.cutover.freeze !== 'locks') return [];
    const role = quoteIdentifier(source.user.name);
    return facts.databases.flatMap((database): Seen[] => {
      const without = movedTables(database).filter(({ canLock, persistence }) => !canLock && persistence === 'p');
      if (without.length === 0) return [];
      const schemas = [...new Set(without.map(({ schema }) => schema))];
      const some = `${without.slice(0, 5).map(shownName).join(', ')}${without.length > 5 ? ` and ${without.length - 5} more` : ''}`;
      const privilege = has(source.versionNum, 'maintain') ? 'maintain' : 'update';
      const grants = schemas.map(
        schema => `grant ${privilege} on all tables in schema ${quoteIdentifier(schema)} to ${role};`,
      );
      return [
        {
          severity: spec.goal === 'cutover' || spec.goal === 'ready' ? 'error' : 'warning',
          server: 'source',
          database: database.name,
          object: source.user.name,
          message: `role ${source.user.name} may not lock ${some}: the cutover could not stop writes`,
          required: privilege.toUpperCase(),
          remedy: [...grants, '-- or in the spec: cutover: {freeze: read_only}'].join('\n'),
        },
      ];
    });
  },
};

export const largeObjectRights: Check = {
  code: 'PGM413',
  slug: 'large-object-rights',
  title: 'Right of the source role to read large objects',
  scope: 'any',
  why:
    'Large objects belong to no table; each has rights of its own, and comparing ' +
    'them reads pg_largeobject, which is not for everyone.',
  decided:
    'Databases in scope that hold large objects, and a source role that ' +
    'lacks SELECT on one of them or on pg_largeobject.',
  remedy:
    'grant select on pg_largeobject to R; and on each object: grant select on ' +
    'large object O to R; as a superuser, or connect as one.',
  run: ({ source, facts }) => {
    if (source === null || source.user.superuser) return [];
    return facts.databases
      .filter(({ source: contents }) => contents.largeObjects > 0 && !contents.canReadLargeObjects)
      .map(({ name, source: contents }): Seen => ({
        severity: 'warning',
        server: 'source',
        database: name,
        object: 'pg_largeobject',
        message:
          `database ${name} holds ${contents.largeObjects} large objects, not ` +
          `all of which role ${source.user.name} may read`,
        required: 'SELECT on them and on pg_largeobject',
        remedy: grantLargeObjects(name, source.user.name),
      }));
  },
};

/** Large objects have no grant for all of them at once. */
function grantLargeObjects(database: string, role: string): string {
  const to = quoteIdentifier(role);
  return [
    `-- as a superuser, in database ${quoteIdentifier(database)} of the source:`,
    `grant select on pg_largeobject to ${to};`,
    `do $$ declare o oid; begin`,
    `  for o in select oid from pg_largeobject_metadata loop execute format('grant select on ` +
      `large object %s to %I', o, ${quoteLiteral(role).trim()}); end loop;`,
    `end $$;`,
  ].join('\n');
}
