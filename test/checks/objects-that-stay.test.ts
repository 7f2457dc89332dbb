import { describe, expect, it } from 'vitest';
import type { DatabaseContents, Facts, TableFacts } from '../../src/inspect/facts.js';
import { someDatabase, someFacts, someServer, someTable } from './some-facts.js';
import { buildListing } from '../plan/build-facts.js';
import { whole, words } from './whole.js';

const holding = (source: Partial<DatabaseContents>): Partial<Facts> => ({ databases: [someDatabase(source)] });
const tables = (...each: readonly Partial<TableFacts>[]): Partial<Facts> =>
  holding({ tables: each.map(more => someTable(more)) });
const column = (name: string, more: object = {}): TableFacts['columns'][number] => ({
  name,
  type: 'integer',
  generated: '',
  notNull: false,
  identity: '',
  binarySafe: true,
  ...more,
});
const numbered = (prefix: string, many: number): readonly { readonly schema: string; readonly name: string }[] =>
  Array.from({ length: many }, (_, index) => ({ schema: 'public', name: `${prefix}${index + 1}` }));

describe('tables without a key (PGM502)', () => {
  const noKey = { hasPrimaryKey: false, identityUsable: false, rowEstimate: 10_001 };
  const added =
    'alter table "public"."t" add column pgm_id bigint generated always as identity primary key, ' +
    'replica identity default;   -- rewrites the table under an exclusive lock';
  const found = `warning source | app | public.t | full | a key | ${added}`;
  const full = { ...noKey, replicaIdentity: 'f', identityUsable: true } as const;
  const missingFull = ['replica_identity: {missing: full}'];
  it.each<[string, Partial<TableFacts>, readonly string[], readonly string[]]>([
    ['are scanned where their identity is full', full, [], [found]],
    ['are scanned where the spec makes it full', noKey, missingFull, [found]],
    ['are not where the spec does not', noKey, ['replica_identity: {missing: block}'], []],
    ['are not where an index serves already', { ...noKey, identityUsable: true }, missingFull, []],
    ['are bearable with ten thousand rows', { ...full, rowEstimate: 10_000 }, [], []],
    ['are found by a primary key, whatever the identity', { ...full, hasPrimaryKey: true }, [], []],
    ['send no changes where they are unlogged', { ...full, persistence: 'u' }, [], []],
    ['are none of ours where the spec leaves them out', { ...full, inScope: false }, [], []],
    [
      'take an index that would serve',
      { ...full, identityCandidate: 'by_mail' },
      [],
      [
        'warning source | app | public.t | full | a key | alter table "public"."t" replica identity using index "by_mail";',
      ],
    ],
  ])('%s', (_, more, lines, expected) => {
    expect(whole('PGM502', tables(more), { lines })).toEqual(expected);
  });
});

describe('unlogged tables (PGM503)', () => {
  it('are named, those that come along', () => {
    expect(
      whole(
        'PGM503',
        tables({ name: 'logged' }, { name: 'fast', persistence: 'u' }, { persistence: 'u', inScope: false }),
      ),
    ).toEqual([
      'warning source | app | public.fast | unlogged | logged | alter table "public"."fast" set logged;   -- rewrites the ' +
        'table under an exclusive lock',
    ]);
  });
});

describe('what is told in one line for a database', () => {
  const fiveOf = (prefix: string): string => [1, 2, 3, 4, 5].map(each => `public.${prefix}${each}`).join(', ');
  it('foreign tables (PGM504), the first five', () => {
    expect(whole('PGM504', holding({ foreignTables: [] }))).toEqual([]);
    expect(whole('PGM504', holding({ foreignTables: numbered('f', 6) }))).toEqual([
      `info source | app | ${fiveOf('f')} | - | - | -`,
    ]);
    expect(words('PGM504', holding({ foreignTables: numbered('f', 1) }))[0]).toMatch(/^1 foreign table:/);
    expect(words('PGM504', holding({ foreignTables: numbered('f', 2) }))[0]).toMatch(/^2 foreign tables:/);
  });

  it('materialized views (PGM506) that hold rows, the first five', () => {
    const views = (many: number, populated: boolean): Partial<Facts> =>
      holding({ materializedViews: numbered('m', many).map(each => ({ ...each, populated, bytes: 1 })) });
    expect(whole('PGM506', views(1, false))).toEqual([]);
    expect(whole('PGM506', views(6, true))).toEqual([`info source | app | ${fiveOf('m')} | - | - | -`]);
    const mixed = [
      { schema: 'public', name: 'empty', populated: false, bytes: 0 },
      { schema: 'public', name: 'filled', populated: true, bytes: 0 },
    ];
    expect(whole('PGM506', holding({ materializedViews: mixed }))).toEqual([
      'info source | app | public.filled | - | - | -',
    ]);
  });

  it('generated columns (PGM518), stored and virtual ones, of published tables', () => {
    const columns = [column('a'), column('b', { generated: 's' }), column('c', { generated: 'v' })];
    expect(whole('PGM518', tables({ columns }))).toEqual(['info source | app | public.t.b, public.t.c | - | - | -']);
    expect(whole('PGM518', tables({ columns: [column('a')] }))).toEqual([]);
    expect(whole('PGM518', tables({ columns, persistence: 'u' }))).toEqual([]);
    const six = [1, 2, 3, 4, 5, 6].map(each => column(`g${each}`, { generated: 's' }));
    expect(whole('PGM518', tables({ columns: six }))[0]).toContain('public.t.g5 |');
  });
});

describe('large objects (PGM505)', () => {
  const secondsOf = (seconds: number): Partial<Facts> =>
    holding({ largeObjects: 1, largeObjectBytes: seconds * 400_000_000 });
  it.each<[number, readonly string[]]>([
    [0, ['info source | app | pg_largeobject | - | - | -']],
    [30, ['info source | app | pg_largeobject | - | - | -']],
    [30.5, ['warning source | app | pg_largeobject | 31 s | 30 s or less | ' + 'its']],
  ])('that take %d s to compare in the write stop', (seconds, expected) => {
    expect(whole('PGM505', secondsOf(seconds))).toEqual(expected);
  });

  it('are not spoken of where there are none, nor is a moment', () => {
    expect(whole('PGM505', holding({ largeObjects: 0, largeObjectBytes: 99e12 }))).toEqual([]);
    expect(words('PGM505', secondsOf(0.049))[0]).not.toContain('write stop');
    expect(words('PGM505', secondsOf(0.05))[0]).toContain('write stop, about');
    expect(words('PGM505', secondsOf(31))[0]).toContain('more than cutover.timeout');
    expect(words('PGM505', secondsOf(30))[0]).not.toContain('more than cutover.timeout');
  });
});

describe("rows in an extension's tables (PGM507)", () => {
  const filled = { name: 'grid', extension: 'postgis', heapBytes: 1, kind: 'r' as const };
  it('are copied by a pipe of psql', () => {
    expect(whole('PGM507', tables(filled))).toEqual([
      'warning source | app | public.grid | - | - | # when pgm has made the table on the target:\n' +
        'psql --no-psqlrc --host=db.example.com --port=5432 --username=migrator --dbname=app ' +
        `--command='copy "public"."grid" to stdout' | psql --no-psqlrc --host=new.example.com --port=5432 ` +
        `--username=migrator --dbname=app --command='copy "public"."grid" from stdin'`,
    ]);
  });

  it.each<[string, Partial<TableFacts>]>([
    ['the extension calls it configuration', { extensionConfiguration: true }],
    ['it is empty', { heapBytes: 0 }],
    ['it is no extension’s', { extension: null }],
    ['partitions hold them', { kind: 'p' }],
  ])('are nothing to speak of where %s', (_, more) => {
    expect(whole('PGM507', tables({ ...filled, ...more }))).toEqual([]);
  });

  it('are told in general while a server is away', () => {
    const away = { kind: 'unreachable', host: 'h', port: 1, message: 'm', failure: 'refused', sqlstate: null } as never;
    for (const side of ['source', 'target'])
      expect(whole('PGM507', { ...tables(filled), [side]: away })).toEqual([
        'warning source | app | public.grid | - | - | its',
      ]);
  });
});

describe('objects that need an excluded table (PGM515)', () => {
  const dependant = (kind: string, name: string, isTable = false): never => ({ kind, name, isTable }) as never;
  it('are left out with it; tables are for the spec to say', () => {
    const dependants = [dependant('view', 'public.v'), dependant('table', 'public.child', true)];
    expect(
      whole('PGM515', holding({ dependants }), { lines: ['databases: {tables: {exclude: [s.x, "s.a b"]}}'] }),
    ).toEqual([
      'error source | app | public.child | - | left out too, or what they need taken along | ' +
        'databases: {tables: {exclude: [s.x, "s.a b", public.child]}}   # or migrate what they need too',
      'warning source | app | view public.v | - | - | its',
    ]);
    expect(whole('PGM515', holding({ dependants: [] }))).toEqual([]);
    expect(whole('PGM515', holding({ dependants: dependants.slice(0, 1) }))).toHaveLength(1);
    expect(whole('PGM515', holding({ dependants: dependants.slice(1) }))).toHaveLength(1);
  });

  it('are named, ten of them', () => {
    const many = (number: number): string =>
      words(
        'PGM515',
        holding({ dependants: Array.from({ length: number }, (_, each) => dependant('view', `v${each + 1}`)) }),
      )[0] ?? '';
    expect(many(10)).toMatch(/view v9, view v10$/);
    expect(many(12)).toMatch(/view v9, view v10 and 2 more$/);
    expect(many(1)).toMatch(/^1 object depends /);
  });
});

describe('what is left behind', () => {
  it('invalid indexes (PGM516)', () => {
    expect(whole('PGM516', holding({ invalidIndexes: [{ schema: 's', table: 't', name: 'i' }] }))).toEqual([
      'warning source | app | s.i | invalid | valid | reindex index "s"."i";   -- or drop it',
    ]);
  });

  it('security labels (PGM517) of providers that the target does not load', () => {
    const labels = holding({ securityLabels: [{ provider: 'anon', objects: 2 }] });
    expect(whole('PGM517', labels)).toEqual(['warning target | app | anon | not loaded | anon | ' + 'its']);
    for (const name of ['shared_preload_libraries', 'session_preload_libraries']) {
      const { target } = someFacts();
      const setting = { value: 'pg_cron, anon', unit: null, context: 'postmaster', pendingRestart: false } as never;
      expect(
        whole('PGM517', { ...labels, target: { ...target, settings: new Map([[name, setting]]) } as never }),
      ).toEqual([]);
    }
  });

  it('settings of all roles (PGM217) that the target does not have', () => {
    const source = someServer({ settingsForAll: ['work_mem=8MB', 'app.mode=a=b', 'jit=off'] });
    const target = someServer({ systemIdentifier: '2', settingsForAll: ['jit=off'] });
    expect(whole('PGM217', { source, target })).toEqual([
      `info source | - | work_mem | 8MB | - | alter role all set "work_mem" to '8MB';   -- on the target`,
      `info source | - | app.mode | a=b | - | alter role all set "app"."mode" to 'a=b';   -- on the target`,
    ]);
  });

  it('settings of all roles that are secrets, without their values', () => {
    const found = whole('PGM217', { source: someServer({ settingsForAll: ['app.password=hunter2'] }) }).join('\n');
    expect(found).toContain('-- with its value: alter role all set "app"."password"');
    expect(found).not.toContain('hunter2');
  });

  it.each<[string, object, readonly string[]]>([
    ['app', {}, []],
    ['shut', { allowsConnections: false }, ['alter database "shut" allow_connections true;']],
    ['mould', { isTemplate: true }, ['alter database "mould" is_template false;']],
    ['mould', { isTemplate: true, allowsConnections: false }, ['alter database "mould" allow_connections true;']],
    ['half', { connectionLimit: -2 }, ['drop database "half";']],
    ['full', { connectionLimit: 0 }, []],
    ['template0', { allowsConnections: false, isTemplate: true }, []],
    ['template1', { isTemplate: true }, []],
    ['template2', { isTemplate: true }, ['alter database "template2" is_template false;']],
    ['rdsadmin', { allowsConnections: false }, []],
  ])('database %s with %j (PGM218)', (name, more, remedies) => {
    const source = someServer({ databases: [buildListing({ name, ...more })] });
    expect(whole('PGM218', { source })).toEqual(
      remedies.map(remedy => `warning source | - | ${name} | - | - | ${remedy}`),
    );
  });

  it('databases that nobody wants (PGM218) are not spoken of', () => {
    const source = someServer({ databases: [buildListing({ name: 'shut', allowsConnections: false })] });
    const found = (lines: readonly string[]): number => whole('PGM218', { source }, { lines }).length;
    expect(found(['databases: {exclude: [shut]}'])).toBe(0);
    expect(found(['databases: {include: [app]}'])).toBe(0);
    expect(found(['databases: {include: [shut]}'])).toBe(1);
  });
});
