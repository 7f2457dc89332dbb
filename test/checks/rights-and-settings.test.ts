import { describe, expect, it } from 'vitest';
import type { DatabaseContents, Facts, Provider, RoleRights, ServerFacts } from '../../src/inspect/facts.js';
import { providerSetting, settingRemedy, shownSetting } from '../../src/checks/setting-change.js';
import { setting, someDatabase, someServer, someTable } from './some-facts.js';
import { whole, words, type Asked } from './whole.js';

type Wish = NonNullable<Parameters<typeof someServer>[0]>;
const poor: RoleRights = {
  ...someServer().user,
  superuser: false,
  replication: false,
  createrole: false,
  subscribes: false,
};
const as = (rights: Partial<RoleRights> = {}, more: Wish = {}): Wish => ({ user: { ...poor, ...rights }, ...more });
const extras = [{ name: 'aiven_extras', defaultVersion: '1', versions: ['1'], needsSuperuser: false, comment: null }];
const refused = { version: '1.1.20', callable: [], refused: ['pg_create_publication', 'pg_create_subscription'] };
const facts = (
  source: Wish,
  target: Wish = {},
  contents: Partial<DatabaseContents> = {},
  there: Partial<DatabaseContents> | null = null,
): Partial<Facts> => ({
  source: someServer(source),
  target: someServer({ host: 'new.example.com', systemIdentifier: '2', startedAt: 'x', ...target }),
  databases: [someDatabase({ tables: [someTable()], ...contents }, there)],
});
const foreign = (...owners: readonly string[]): Partial<DatabaseContents> => ({
  tables: owners.map((owner, index) => someTable({ name: `t${index + 1}`, owner, isOwner: false })),
});
const executing = (side: string): string =>
  `-- in database "app" of the ${side}, as the extension's owner:\ngrant usage on schema aiven_extras to "migrator";\n` +
  'grant execute on all functions in schema aiven_extras to "migrator";';

describe('the right to replicate (PGM401)', () => {
  const error = (remedy: string): readonly string[] => [
    `error source | - | migrator | no REPLICATION | REPLICATION | ${remedy}`,
  ];
  const ok = ['ok source | - | migrator | - | - | -'];
  it.each<[string, Wish, readonly string[]]>([
    ['a superuser', {}, ok],
    ['the attribute', as({ replication: true }), ok],
    ["RDS's role", as({ memberOf: ['rds_replication'] }), ok],
    ['nothing', as(), error('alter role "migrator" replication;')],
    ['nothing, on RDS', as({}, { provider: 'rds' }), error('grant rds_replication to "migrator";')],
    ['nothing, on Aurora', as({}, { provider: 'aurora' }), error('grant rds_replication to "migrator";')],
    [
      'nothing, on Heroku',
      as({}, { provider: 'heroku' }),
      error('Heroku Postgres does not offer it: use method: dump.'),
    ],
    ['nothing, on Cloud SQL', as({}, { provider: 'cloudsql' }), error('alter role "migrator" replication;')],
  ])('%s', (_, source, expected) => {
    expect(whole('PGM401', facts(source))).toEqual(expected);
  });
});

describe('the right to publish (PGM402)', () => {
  const required = 'superuser, aiven_extras or ownership';
  it.each<[string, Wish, Partial<DatabaseContents>, readonly string[]]>([
    ['a superuser', {}, foreign('owner'), ['ok source | - | migrator | - | - | -']],
    ['an owner', as(), {}, ['ok source | app | - | - | - | -']],
    [
      'an owner without CREATE',
      as(),
      { canCreate: false },
      [`error source | app | migrator | - | ${required} | grant create on database "app" to "migrator";`],
    ],
    [
      'tables of others, each owner once',
      as(),
      { ...foreign('zoe', 'amy', 'zoe'), canCreate: false },
      [
        `error source | app | migrator | - | ${required} | grant create on database "app" to "migrator";\n` +
          'grant "amy" to "migrator";\ngrant "zoe" to "migrator";',
      ],
    ],
    [
      'tables of others that are not published',
      as(),
      { tables: [someTable({ isOwner: false, persistence: 'u' }), someTable({ isOwner: false, inScope: false })] },
      ['ok source | app | - | - | - | -'],
    ],
    [
      'aiven_extras that may be created',
      as({}, { availableExtensions: extras, provider: 'aiven' }),
      foreign('zoe'),
      [`warning source | app | migrator | - | ${required} | -`],
    ],
    [
      'aiven_extras that is not for the role',
      as({}, { availableExtensions: extras }),
      { ...foreign('zoe'), aivenExtras: refused },
      [
        `error source | app | migrator | no EXECUTE on aiven_extras.pg_create_publication | ${required} | ${executing('source')}`,
      ],
    ],
  ])('%s', (_, source, contents, expected) => {
    expect(whole('PGM402', facts(source, {}, contents))).toEqual(expected);
  });

  it('names five tables, and how many more', () => {
    const lacks = (contents: Partial<DatabaseContents>): string => words('PGM402', facts(as(), {}, contents))[0] ?? '';
    expect(lacks(foreign('a', 'a', 'a', 'a', 'a'))).toMatch(/ownership of .*public\.t4, public\.t5$/);
    expect(lacks(foreign('a', 'a', 'a', 'a', 'a', 'a', 'a'))).toMatch(/public\.t5 and 2 more tables$/);
    expect(lacks({ canCreate: false })).toMatch(/it lacks CREATE on the database$/);
  });
});

describe('the right to subscribe (PGM403)', () => {
  const before = 'superuser or aiven_extras';
  const since16 = 'superuser, pg_create_subscription or aiven_extras';
  const at16 = { versionNum: 160000 };
  it.each<[string, Wish, Partial<DatabaseContents> | null, Asked, readonly string[]]>([
    ['a superuser', {}, null, {}, ['ok target | - | migrator | - | - | -']],
    [
      'a role of pg_create_subscription',
      as({ subscribes: true }, at16),
      null,
      {},
      ['ok target | - | migrator | - | - | -'],
    ],
    ['nothing', as(), null, {}, [`error target | app | migrator | - | ${before} | alter role "migrator" superuser;`]],
    [
      'nothing, from 16 on',
      as({}, at16),
      null,
      {},
      [
        `error target | app | migrator | - | ${since16} | grant pg_create_subscription to "migrator" with inherit true;`,
      ],
    ],
    [
      'nothing, on RDS',
      as({}, { provider: 'rds' }),
      null,
      {},
      [`error target | app | migrator | - | ${before} | grant rds_superuser to "migrator";`],
    ],
    [
      'nothing, on Supabase',
      as({}, { provider: 'supabase' }),
      null,
      {},
      [`error target | app | migrator | - | ${before} | Connect as the service's admin role, or use method: dump.`],
    ],
    [
      'nothing, on Supabase from 16 on',
      as({}, { provider: 'supabase', ...at16 }),
      null,
      {},
      [
        `error target | app | migrator | - | ${since16} | grant pg_create_subscription to "migrator" with inherit true;`,
      ],
    ],
    [
      'no CREATE on the database',
      as({ subscribes: true }, at16),
      { canCreate: false },
      {},
      ['error target | app | migrator | - | CREATE on the database | grant create on database "app" to "migrator";'],
    ],
    [
      'no password to dial with',
      as({ subscribes: true }, at16),
      null,
      { passwords: false },
      [
        "error target | - | migrator | no password | a password | Give the source's role a password, require it in " +
          'pg_hba.conf (scram-sha-256) and name it in the spec.',
      ],
    ],
    [
      'aiven_extras that is not for the role',
      as(),
      { aivenExtras: refused },
      {},
      [
        `error target | app | migrator | no EXECUTE on aiven_extras.pg_create_subscription | ${before} | ${executing('target')}`,
      ],
    ],
  ])('%s', (_, target, there, asked, expected) => {
    expect(whole('PGM403', facts({}, target, {}, there), asked)).toEqual(expected);
  });

  it('says once what lies in the role, and of each database what lies there', () => {
    const two = [someDatabase({}, {}), { ...someDatabase({}, {}), name: 'other', oid: '2' }];
    const target = someServer({ systemIdentifier: '2', ...as({ subscribes: true }, at16) });
    expect(whole('PGM403', { target, databases: two }, { passwords: false })).toHaveLength(1);
    const lacking = two.map(each => ({ ...each, target: { ...someDatabase({}, {}).source, canCreate: false } }));
    expect(whole('PGM403', { target, databases: lacking })).toHaveLength(2);
  });

  it('a managed source has no pg_hba.conf to write', () => {
    const found = whole('PGM403', facts({ provider: 'rds' }, as({ subscribes: true }, at16)), { passwords: false });
    expect(found[0]).toContain("Give the source's role a password and name it in the spec.");
  });
});

describe('rights for a rollback (PGM412)', () => {
  const otherWay = '\n-- or go without reverse replication: cutover: {failback: false} in the spec';
  const subscribes = 'superuser, pg_create_subscription with CREATE on the database, or aiven_extras';
  const at16 = { versionNum: 160000 };
  const publishes = 'ownership of the tables, and CREATE on the database';
  const cases: readonly (readonly [string, Partial<Facts>, Asked, readonly string[]])[] = [
    ['superusers', facts({}), {}, []],
    [
      'a source role that may not subscribe',
      facts(as()),
      {},
      [`warning source | - | migrator | - | ${subscribes} | alter role "migrator" superuser;${otherWay}`],
    ],
    [
      'one of 16',
      facts(as({}, at16), {}, { canCreate: false }),
      {},
      [
        `warning source | - | migrator | - | ${subscribes} | grant pg_create_subscription to "migrator" with inherit ` +
          `true;\ngrant create on database "app" to "migrator";${otherWay}`,
      ],
    ],
    [
      'one of 16 that lacks but CREATE',
      facts(as({ subscribes: true }, at16), {}, { canCreate: false }),
      {},
      [`warning source | - | migrator | - | ${subscribes} | grant create on database "app" to "migrator";${otherWay}`],
    ],
    [
      'one of a managed service before 16',
      facts(as({}, { provider: 'supabase' })),
      {},
      [
        `warning source | - | migrator | - | ${subscribes} | -- connect to the source as the service's admin role${otherWay}`,
      ],
    ],
    [
      'one that may with aiven_extras',
      facts(as({}, { availableExtensions: extras, provider: 'aiven' })),
      {},
      ['warning source | app | migrator | - | aiven_extras | -'],
    ],
    [
      'one without a password to dial with',
      facts(as({ subscribes: true }, at16)),
      { passwords: false },
      [
        `warning source | - | migrator | no password | a password | -- give the target's role a password, require it in ` +
          `pg_hba.conf (scram-sha-256) and name it in the spec${otherWay}`,
      ],
    ],
    [
      'one without a password, and a managed target',
      facts(as({ subscribes: true }, at16), { provider: 'rds' }),
      { passwords: false },
      [
        `warning source | - | migrator | no password | a password | -- give the target's role a password and name it in ` +
          `the spec${otherWay}`,
      ],
    ],
    [
      'a target role that makes no slots',
      facts({}, as()),
      {},
      [`warning target | - | migrator | - | REPLICATION | alter role "migrator" replication;${otherWay}`],
    ],
    [
      'a target role that does not own the tables',
      facts({}, as({ replication: true }), foreign('zoe', 'amy'), { ...foreign('zoe', 'amy'), canCreate: false }),
      {},
      [
        `warning target | app | migrator | - | ${publishes} | grant create on database "app" to "migrator";\n` +
          `grant "amy" to "migrator";\ngrant "zoe" to "migrator";${otherWay}`,
      ],
    ],
    [
      'a target role that could publish by aiven_extras',
      facts(
        {},
        as({ replication: true }, { availableExtensions: extras, provider: 'aiven' }),
        foreign('zoe'),
        foreign('zoe'),
      ),
      {},
      [`warning target | app | migrator | - | ${publishes} | grant "zoe" to "migrator";${otherWay}`],
    ],
    [
      'a target role beside tables of others that are not ours',
      facts(
        {},
        as({ replication: true }),
        {},
        { tables: [someTable({ name: 'theirs', isOwner: false, owner: 'zoe' })] },
      ),
      {},
      [],
    ],
    ['no way back', facts(as(), as()), { lines: ['cutover: {failback: false}'] }, []],
    ['no database', { ...facts(as(), as()), databases: [] }, {}, []],
  ];
  it.each(cases)('%s', (_, given, asked, expected) => {
    expect(whole('PGM412', given, asked)).toEqual(expected);
  });

  it.each(cases.filter(([, , , found]) => found.some(line => line.endsWith(otherWay))))(
    'is an error once cutover is the goal: %s',
    (_, given, asked, expected) => {
      const found = whole('PGM412', given, { ...asked, lines: ['goal: cutover'] });
      expect(found).toEqual(expected.map(line => line.replace(/^warning/, 'error')));
    },
  );
});

describe('settings for a rollback (PGM312)', () => {
  const otherWay = '\n-- or go without reverse replication: cutover: {failback: false} in the spec';
  const set = (name: string, value: string): Wish => ({ settings: { [name]: setting(value) } });
  const asked = (name: string, value: string, side: string): string =>
    `alter system set ${name} = '${value}';\n-- then restart the ${side} server${otherWay}`;
  const seen = (given: Partial<Facts>, lines: readonly string[] = []): readonly string[] =>
    whole('PGM312', given, { lines }).filter(line => !line.startsWith('ok'));
  const slot = (name: string): ServerFacts['slots'][number] => ({ name }) as never;
  const subscription = (name: string, enabled = true): ServerFacts['subscriptions'][number] =>
    ({ name, enabled }) as never;
  it.each<[string, Partial<Facts>, readonly string[]]>([
    ['servers in good order', facts({}), []],
    [
      'wal_level of the target',
      facts({}, set('wal_level', 'replica')),
      [`warning target | - | wal_level | replica | logical | ${asked('wal_level', 'logical', 'target')}`],
    ],
    ['one slot for one database', facts({}, set('max_replication_slots', '1')), []],
    [
      'no slot',
      facts({}, set('max_replication_slots', '0')),
      [`warning target | - | max_replication_slots | 0 | 1 or more | ${asked('max_replication_slots', '1', 'target')}`],
    ],
    [
      'slots of others, and one of ours',
      facts({}, { ...set('max_replication_slots', '2'), slots: [slot('a'), slot('b'), slot('pgm_shop_16384_r')] }),
      [`warning target | - | max_replication_slots | 2 | 3 or more | ${asked('max_replication_slots', '3', 'target')}`],
    ],
    [
      'walsenders at work',
      facts({}, { ...set('max_wal_senders', '2'), walSendersInUse: 2 }),
      [`warning target | - | max_wal_senders | 2 | 3 or more | ${asked('max_wal_senders', '3', 'target')}`],
    ],
    [
      'apply workers of the source, which pgm may set',
      facts({
        ...set('max_logical_replication_workers', '1'),
        subscriptions: [subscription('a'), subscription('off', false), subscription('pgm_shop_16384_r')],
      }),
      ['warning source | - | max_logical_replication_workers | 1 | 2 or more | -'],
    ],
    ['no database', { ...facts({}, set('max_replication_slots', '0')), databases: [] }, []],
  ])('%s', (_, given, expected) => {
    expect(seen(given)).toEqual(expected);
    expect(seen(given, ['cutover: {failback: false}'])).toEqual([]);
  });

  it('are an error once cutover is the goal, where pgm may not set them', () => {
    expect(seen(facts({}, set('wal_level', 'replica')), ['goal: cutover'])[0]).toMatch(/^error target/);
    expect(seen(facts({}, set('max_wal_senders', '0')), ['goal: cutover'])[0]).toMatch(/^error target/);
  });
});

describe('how a setting is changed', () => {
  const providers: readonly (readonly [Provider, RegExp])[] = [
    ['rds', /reboot/],
    ['aurora', /reboot/],
    ['azure', /restart/],
    ['supabase', /restarts/],
    ['digitalocean', /restart/],
    ['crunchy', /restart/],
  ];
  it.each(providers)('%s: a restart is spoken of where it is needed', (provider, restart) => {
    expect(providerSetting(provider, 'work_mem', '8MB', true)).toMatch(restart);
    expect(providerSetting(provider, 'work_mem', '8MB', false)).not.toMatch(restart);
    expect(providerSetting(provider, 'work_mem', '8MB', false)).toMatch(/work_mem.*8MB/);
  });

  it('by hand: reloaded or restarted, by one who may', () => {
    const remedy = (wish: Wish, restart: boolean): string =>
      settingRemedy({ server: 'source', facts: someServer(wish), name: 'a', value: "b'c" }, restart);
    expect(remedy({}, true)).toBe("alter system set a = 'b''c';\n-- then restart the source server");
    expect(remedy({}, false)).toBe("alter system set a = 'b''c';\nselect pg_reload_conf();");
    expect(remedy(as(), false)).toMatch(/^-- on the source, as a superuser:\nalter system/);
    expect(remedy({ provider: 'heroku' }, false)).toContain('use method: dump');
  });

  it.each<[string, string | null, string]>([
    ['1', null, '1'],
    ['', null, "''"],
    ['', 'kB', "''"],
    ['64', 'kB', '64kB'],
    ['-1', 'kB', '-1kB'],
    ['64', '8kB', '64 × 8kB'],
    ['on', 'kB', 'on'],
  ])('%j in %s is shown as %s', (value, unit, expected) => {
    expect(shownSetting(setting(value, 'user', { unit }))).toBe(expected);
  });

  it('waits for a restart where the file has it already', () => {
    const waiting = (more: Wish, fileValue: string): readonly string[] =>
      whole('PGM203', facts({ ...more, settings: { max_wal_senders: setting('1', 'postmaster', { fileValue }) } }));
    expect(waiting({ alterSystem: [] }, '9')).toEqual([
      'error source | - | max_wal_senders | 1 | 3 or more | -- max_wal_senders = 9 is set already: restart the source server',
    ]);
    expect(waiting({ alterSystem: [] }, '2')[0]).toContain("alter system set max_wal_senders = '3'");
    expect(waiting({}, '9')).toEqual(['warning source | - | max_wal_senders | 1 | 3 or more | -']);
  });
});
