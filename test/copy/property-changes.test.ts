import { describe, expect, it } from 'vitest';
import { movedProperties, type Sides } from '../../src/copy/property-changes.js';
import type { DatabaseListing, RoleFacts } from '../../src/inspect/facts.js';
import { markOf, propertiesOf, type PropertyFacts } from '../../src/inspect/properties.js';
import { someServer } from '../checks/some-facts.js';
import { buildRole } from '../plan/build-facts.js';

const listing = (more: Partial<DatabaseListing> = {}): DatabaseListing =>
  // prettier-ignore
  ({ name: 'shop', owner: 'app', roleSettings: [], grants: null, connectionLimit: -1, comment: null, ...more }) as DatabaseListing;
const side = (role: Partial<RoleFacts>, database: Partial<DatabaseListing> = {}, more: Partial<PropertyFacts> = {}): PropertyFacts =>
  someServer({
    roles: [buildRole('app', { passwordDigest: 'one', ...role }), buildRole('team'), buildRole('reader')],
    databases: [listing(database)],
    versionNum: 160000,
    ...more,
  }); // prettier-ignore
const marksOf = (source: PropertyFacts, target: PropertyFacts): Sides['marks'] => {
  const there = propertiesOf(target);
  return Object.fromEntries(
    [...propertiesOf(source)].map(([key, mine]) => {
      const theirs = there.get(key);
      return [key, { source: markOf(mine), target: theirs === undefined ? null : markOf(theirs) }];
    }),
  );
};
const before = side({});
// prettier-ignore
const member = (role: string, admin = false): RoleFacts['memberOf'][number] => ({ role, admin, inherit: true, set: true, grantor: 'postgres' });
// prettier-ignore
const grant = (grantee: string | null, privilege: string): NonNullable<DatabaseListing['grants']>[number] => ({ grantee, grantor: 'app', privilege, grantable: false });
const statements = (leader: PropertyFacts, more: Partial<Sides> = {}): readonly string[] =>
  movedProperties({ leader, follower: before, leads: 'source', marks: marksOf(before, before), switched: false, ...more }).changes.flatMap(
    ({ statements: own }) => own.map(({ statement }) => statement),
  ); // prettier-ignore

describe('what changed of roles and databases since it was brought', () => {
  it.each<[string, PropertyFacts, readonly string[]]>([
    ['nothing', side({}), []],
    ['a password', side({ passwordDigest: 'two' }), [`alter role "app" password '(sensitive)'`]],
    ['no password any more', side({ passwordDigest: null }), ['alter role "app" password null']],
    ['hashes that cannot be read', side({ passwordDigest: null }, {}, { canReadPasswords: false }), []],
    ['locked', side({ canLogin: false }), ['alter role "app" with nologin inherit nocreaterole nosuperuser ' + 'noreplication nobypassrls nocreatedb connection limit -1']],
    ['an end', side({ validUntil: '2040-01-01 00:00:00+00' }), ['alter role "app" with login inherit nocreaterole nosuperuser noreplication nobypassrls ' + `nocreatedb connection limit -1 valid until '2040-01-01 00:00:00+00'`]],
    ['no end, said otherwise', side({ validUntil: 'infinity' }), []],
    ['a setting', side({ settings: ['work_mem=1MB'] }), [`alter role "app" set "work_mem" to '1MB'`]],
    ['a membership', side({ memberOf: [member('team', true)] }), ['grant "team" to "app" with admin true, inherit true, set true']],
    ['a membership in a role that is not there', side({ memberOf: [member('elsewhere')] }), []],
    ['a comment', side({ comment: "it's" }), [`comment on role "app" is 'it''s'`]],
    ['a privilege on a parameter', side({}, {}, { parameterGrants: [{ ...grant('app', 'SET'), parameter: 'log_statement' }] }), ['grant set on parameter "log_statement" to "app"']],
    ['a database’s limit', side({}, { connectionLimit: 7 }), ['alter database "shop" connection limit 7']],
    ['CONNECT taken from PUBLIC', side({}, { grants: [grant(null, 'TEMPORARY'), grant('reader', 'CONNECT')] }), ['revoke connect on database "shop" from public', 'grant connect on database "shop" to "reader"']],
    ['defaults that are written out', side({}, { grants: [grant(null, 'CONNECT'), grant(null, 'TEMPORARY'), grant('app', 'CREATE')] }), []],
    ['a setting of a role in it', side({}, { roleSettings: [{ role: 'reader', setting: 'work_mem=2MB' }] }), [`alter role "reader" in database "shop" set "work_mem" to '2MB'`]],
    ['read-only, as by a switch', side({}, { roleSettings: [{ role: null, setting: 'default_transaction_read_only=on' }] }), []],
  ])('%s', (_, leader, expected) => {
    expect(statements(leader)).toEqual(expected);
  }); // prettier-ignore

  it('takes away what is gone, but not what pgm gave the target beside it', () => {
    const was = side({ settings: ['work_mem=1MB'], memberOf: [member('team')] });
    // prettier-ignore
    const follower = side({ settings: ['work_mem=1MB'], memberOf: [member('team')] }, { roleSettings: [{ role: null, setting: 'TimeZone=UTC' }, { role: null, setting: 'work_mem=1MB' }] });
    const leader = side({}, { roleSettings: [{ role: null, setting: 'work_mem=3MB' }] });
    expect(statements(leader, { follower, marks: marksOf(was, follower) })).toEqual([
      'alter role "app" reset "work_mem"',
      'revoke "team" from "app" granted by "postgres"',
      `alter database "shop" set "work_mem" to '3MB'`,
    ]);
  });

  it('leaves CONNECT to the switch once there was one', () => {
    expect(statements(side({}, { grants: [] }), { switched: true })).toEqual([
      'revoke temporary on database "shop" from public',
    ]);
  });

  it('leaves alone what changed on both sides, and what is the same there already', () => {
    const leader = side({ passwordDigest: 'two', comment: 'c' });
    const follower = side({ passwordDigest: 'three', comment: 'c' });
    const sides = { leader, follower, leads: 'source', marks: marksOf(before, before), switched: false } as const;
    expect(movedProperties(sides)).toMatchObject({ changes: [], both: [{ name: 'app', aspect: 'password' }] });
  });

  it('takes what a killed run had made for its own', () => {
    const marks = Object.fromEntries(
      Object.entries(marksOf(before, before)).map(([key, mark]) => [key, { ...mark, target: null }]),
    );
    expect(statements(side({ passwordDigest: 'two' }), { marks })).toHaveLength(1);
  });

  it('names roles that were dropped, and looks at nothing that pgm did not bring', () => {
    const leader = { ...side({}), roles: [buildRole('team')] };
    const sides = { leader, follower: before, leads: 'source', switched: false } as const;
    expect(movedProperties({ ...sides, marks: marksOf(before, before) }).gone).toEqual(['app', 'reader']);
    expect(movedProperties({ ...sides, marks: {} })).toEqual({ changes: [], both: [], gone: [] });
  });

  it('goes back the same way', () => {
    const marks = marksOf(before, before);
    // prettier-ignore
    const back = movedProperties({ leader: side({ passwordDigest: 'two' }), follower: before, leads: 'target', marks, switched: true });
    expect(back.changes).toMatchObject([{ name: 'app', aspect: 'password' }]);
  });

  it('keeps no more of a password than tells that it is another', () => {
    const mark = markOf(propertiesOf(before).get('role/app') ?? { key: '', aspects: [] });
    expect(mark).toMatch(/^([0-9a-f]{4} ?){6}$/);
  });
});
