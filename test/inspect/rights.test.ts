import { describe, expect, it } from 'vitest';
import type { AivenExtras, RoleRights } from '../../src/inspect/facts.js';
import { publishingRight, subscribingRight, type Asking, type Right, type Room } from '../../src/inspect/rights.js';

const nobody: RoleRights = {
  name: 'mover',
  superuser: false,
  replication: true,
  createdb: true,
  createrole: false,
  bypassrls: false,
  subscribes: false,
  memberOf: [],
  canBecome: [],
};
const both: AivenExtras = {
  version: '1.1.18',
  callable: ['pg_create_publication', 'pg_create_subscription'],
  refused: [],
};

function asking(user: Partial<RoleRights>, more: Partial<Omit<Asking, 'user'>> = {}): Asking {
  return { user: { ...nobody, ...user }, versionNum: 150000, provider: null, availableExtensions: [], ...more };
}

function offers(defaultVersion: string, needsSuperuser = false): Pick<Asking, 'availableExtensions'> {
  return {
    availableExtensions: [
      { name: 'aiven_extras', defaultVersion, versions: [defaultVersion], needsSuperuser, comment: null },
    ],
  };
}

function room(more: Partial<Room> = {}): Room {
  return { canCreate: true, aivenExtras: null, ...more };
}

const plain: Right = { way: 'plain', needsExtension: false };
const extras: Right = { way: 'aiven_extras', needsExtension: false };
const extrasToCreate: Right = { way: 'aiven_extras', needsExtension: true };
const lacks = (lacking: Extract<Right, { way: null }>['lacking']): Right => ({ way: null, lacking });
const member = { subscribes: true };
const provided = (provider: Asking['provider'], role: string, versionNum = 150000): Asking =>
  asking({ memberOf: [role] }, { provider, versionNum });

describe('who may subscribe, and how', () => {
  it.each<[string, Asking, Room | null, boolean, Right]>([
    ['a superuser, without a password too', asking({ superuser: true }), room({ aivenExtras: both }), false, plain],
    ['nobody in particular', asking({}), room(), true, lacks('role')],
    ['nobody, in a database still to be made', asking({}), null, true, lacks('role')],
    ['a member of pg_create_subscription', asking(member, { versionNum: 160000 }), room(), true, plain],
    ['… in a database still to be made', asking(member, { versionNum: 160000 }), null, true, plain],
    ['… without a password', asking(member, { versionNum: 160000 }), room(), false, lacks('password')],
    [
      '… without a password, where aiven_extras helps',
      asking(member, { versionNum: 160000 }),
      room({ aivenExtras: both }),
      false,
      extras,
    ],
    [
      '… without CREATE on the database',
      asking(member, { versionNum: 160000 }),
      room({ canCreate: false }),
      true,
      lacks('create'),
    ],
    ['by aiven_extras', asking({}), room({ aivenExtras: both, canCreate: false }), false, extras],
    [
      'aiven_extras without EXECUTE',
      asking({}),
      room({ aivenExtras: { version: '1.1.20', callable: [], refused: ['pg_create_subscription'] } }),
      true,
      lacks('execute'),
    ],
    [
      'aiven_extras 1.1.20 on 16, whose function gives nothing',
      asking({}, { versionNum: 160000 }),
      room({ aivenExtras: { version: '1.1.20', callable: ['pg_create_publication'], refused: [] } }),
      true,
      lacks('role'),
    ],
    ['aiven_extras that can be created', asking({}, offers('1.1.18')), room(), true, extrasToCreate],
    ['… in a database still to be made', asking({}, offers('1.1.20')), null, true, extrasToCreate],
    ['… without CREATE on the database', asking({}, offers('1.1.18')), room({ canCreate: false }), true, lacks('role')],
    ['… only by a superuser', asking({}, offers('1.1.18', true)), room(), true, lacks('role')],
    [
      '… by the admin of Aiven',
      asking({}, { ...offers('1.1.18', true), provider: 'aiven' }),
      room(),
      true,
      extrasToCreate,
    ],
    [
      '… 1.1.20 on 16, which would not help',
      asking({}, { ...offers('1.1.20'), versionNum: 160000 }),
      room(),
      true,
      lacks('role'),
    ],
    ['… 1.1.18 on 16', asking({}, { ...offers('1.1.18'), versionNum: 160000 }), room(), true, extrasToCreate],
    ['rds_superuser on RDS', provided('rds', 'rds_superuser'), null, false, plain],
    [
      'rds_superuser on RDS without CREATE',
      provided('rds', 'rds_superuser'),
      room({ canCreate: false }),
      false,
      lacks('create'),
    ],
    ['a role of that name elsewhere', asking({ memberOf: ['rds_superuser'] }), null, true, lacks('role')],
    ['cloudsqlsuperuser on Cloud SQL', provided('cloudsql', 'cloudsqlsuperuser'), null, true, plain],
    ['azure_pg_admin on Azure', provided('azure', 'azure_pg_admin'), null, true, plain],
    ['neon_superuser on Neon', provided('neon', 'neon_superuser'), null, true, plain],
    ['postgres on Supabase 15', provided('supabase', 'supabase_admin'), null, true, lacks('role')],
    ['a role of the user on Heroku', provided('heroku', 'heroku_admin'), null, true, lacks('role')],
  ])('%s', (_who, who, where, password, right) => {
    expect(subscribingRight(who, where, password)).toEqual(right);
  });
});

describe('who may publish, and how', () => {
  it.each<[string, Asking, Room, boolean, Right]>([
    ['a superuser', asking({ superuser: true }), room({ aivenExtras: both }), false, plain],
    ['the owner of all tables, also where aiven_extras is there', asking({}), room({ aivenExtras: both }), true, plain],
    ['the owner without CREATE on the database', asking({}), room({ canCreate: false }), true, lacks('create')],
    ['… where aiven_extras helps', asking({}), room({ canCreate: false, aivenExtras: both }), true, extras],
    ['no owner', asking({}), room(), false, lacks('ownership')],
    ['no owner, by aiven_extras', asking({}), room({ aivenExtras: both }), false, extras],
    [
      'no owner, aiven_extras 1.1.20 on 16 that can be created',
      asking({}, { ...offers('1.1.20'), versionNum: 160000 }),
      room(),
      false,
      extrasToCreate,
    ],
    [
      'no owner, without EXECUTE',
      asking({}),
      room({ aivenExtras: { version: '1.1.20', callable: [], refused: ['pg_create_publication'] } }),
      false,
      lacks('execute'),
    ],
  ])('%s', (_who, who, where, owns, right) => {
    expect(publishingRight(who, where, owns)).toEqual(right);
  });
});
