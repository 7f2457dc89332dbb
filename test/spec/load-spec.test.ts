import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Environment } from '../../src/postgres/environment.js';
import { SpecErrors, type Diagnostic } from '../../src/spec/diagnostic.js';
import { loadSpec, loadSpecText, type LoadedSpec } from '../../src/spec/load-spec.js';
import { fakeEnvironment } from './environment.js';

const least =
  "version: 1\nname: shop\nsource: {connection: 'postgres://a@old/x'}\ntarget: {connection: 'postgres://a@new/x'}\n";
const load = (text: string, environment: Environment = fakeEnvironment()): LoadedSpec =>
  loadSpecText(text, 'pgm.yaml', environment);

function diagnosticsOf(text: string, environment: Environment = fakeEnvironment()): readonly Diagnostic[] {
  try {
    return load(text, environment).diagnostics;
  } catch (error) {
    if (error instanceof SpecErrors) return error.diagnostics;
    throw error;
  }
}

/** `line:column code message`, one a diagnostic. */
const told = (text: string, environment?: Environment): string[] =>
  diagnosticsOf(text, environment).map(
    ({ location, code, message }) => `${String(location.line)}:${String(location.column)} ${code} ${message}`,
  );

test.each([
  ['user: f, password: "${PW}"', ['f', 'p']],
  ['user: f', ['f', undefined]],
  ['host: h2', [undefined, undefined]],
])('the role that is advertised, {%s}, has its own password or none', (advertise, wanted) => {
  const text =
    'version: 1\nname: a\nsource: {host: h, user: u, password: mine, ' +
    `advertise: {${advertise}}}\ntarget: {host: i}\n`;
  const { spec } = load(text, fakeEnvironment({ PW: 'p', PGPASSWORD: 'of pgm' }));
  expect([spec.source.advertise.user, spec.source.advertise.password?.reveal()]).toEqual(wanted);
});

test('a password without its role is a mistake, and one in the file a warning', () => {
  const text = (advertise: string): string =>
    `version: 1\nname: a\nsource: {host: h}\ntarget: {host: i, advertise: {${advertise}}}\n`;
  expect(told(text('password: x')).map(line => line.slice(5, 12))).toContain('PGMS047');
  expect(told(text('user: f, password: x')).map(line => line.slice(5, 12))).toEqual(['PGMS034']);
});

test('the least spec gets every default', () => {
  const { spec, diagnostics } = load(least);
  expect(diagnostics).toEqual([]);
  expect(spec).toMatchObject({
    name: 'shop',
    source: { advertise: {}, restart: 'manual', hba: { addresses: [], method: 'scram-sha-256' } },
    method: 'auto',
    goal: 'synced',
    databases: { include: null, exclude: [], tables: { include: null, exclude: [] } },
    roles: 'copy',
    replicaIdentity: { missing: 'block' },
    copy: { jobs: null, indexJobs: null, splitAbove: null, format: 'auto' },
    replication: { lanes: 1, maxLag: 1_048_576, maxRetainedWal: null },
    cutover: { freeze: 'locks', timeout: 30_000, failback: true, compare: 20, hooks: { switch: [] } },
    pgbouncer: null,
    targetRows: 'block',
    verify: 'full',
    state: { kind: 'file' },
  });
  expect(spec.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(Object.isFrozen(spec.cutover.hooks.switch) && Object.isFrozen(spec.source.connection.hosts)).toBe(true);
});

test('a dump is for the goal ready and has no failback', () => {
  expect(load(`${least}method: dump\n`).spec).toMatchObject({ goal: 'ready', cutover: { failback: false } });
});

test.each([
  ['20ms', 20],
  ['1.5 s', 1500],
  ['all', 'all'],
])('cutover.compare %s', (written, compare) => {
  expect(load(`${least}cutover: {compare: ${written}}\n`).spec.cutover.compare).toBe(compare);
});

test.each([
  ['hooks: {switch: [./a, b]}', [['./a', 'b']]],
  ['hooks: {switch: [[./a, b], [./c]]}', [['./a', 'b'], ['./c']]],
  ['hooks: {switch: []}', []],
])('cutover %s', (yaml, hooks) => {
  expect(load(`${least}cutover: {${yaml}}\n`).spec.cutover.hooks.switch).toEqual(hooks);
});

test('hooks around the switch', () => {
  expect(
    load(`${least}cutover: {hooks: {before: [./a], after: [[./b], [./c, d]], timeout: 90s, rehearse: true}}\n`).spec
      .cutover.hooks,
  ).toEqual({ before: [['./a']], switch: [], after: [['./b'], ['./c', 'd']], timeout: 90_000, rehearse: true });
  expect(load(least).spec.cutover.hooks).toEqual({
    before: [],
    switch: [],
    after: [],
    timeout: 300_000,
    rehearse: false,
  });
});

test('PgBouncer has its own default database', () => {
  expect(load(`${least}cutover: {pgbouncer: {admin: 'host=b port=6432'}}\n`).spec.pgbouncer).toMatchObject({
    admin: { database: 'pgbouncer', hosts: [{ port: 6432 }] },
    databases: [],
  });
});

test('files are looked for beside the spec', () => {
  const { spec } = loadSpecText(
    'version: 1\nname: a\nsource: {host: h, sslrootcert: ./ca.pem}\ntarget: {host: i, sslrootcert: system}\n',
    '/specs/pgm.yaml',
    fakeEnvironment(),
  );
  expect([spec.path, spec.source.connection.sslrootcert, spec.target.connection.sslrootcert]).toEqual([
    '/specs/pgm.yaml',
    '/specs/ca.pem',
    'system',
  ]);
});

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pgm-spec-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const errorOf = (name: string, content?: string | Uint8Array): string => {
    const path = join(folder, name);
    if (content !== undefined) writeFileSync(path, content);
    try {
      loadSpec(path, fakeEnvironment());
    } catch (error) {
      if (error instanceof SpecErrors)
        return `${error.kind} ${error.diagnostics.map(({ code, message }) => `${code} ${message}`).join('; ')}`.replaceAll(
          folder,
          '',
        );
      throw error;
    }
    return 'no error';
  };

  test.each<[string, string | Uint8Array | undefined, string]>([
    ['gone.yaml', undefined, 'usage PGMS001 /gone.yaml: no such file'],
    ['.', undefined, 'usage PGMS001  is a folder'],
    ['empty.yaml', '', 'usage PGMS003 the spec is empty'],
    ['comment.yaml', '# nothing\n---\n', 'usage PGMS003 the spec is empty'],
    ['utf16.yaml', Buffer.from('\ufeffversion: 1', 'utf16le'), 'usage PGMS002 /utf16.yaml is UTF-16'],
    ['latin1.yaml', Buffer.from('name: caf\u00e9', 'latin1'), 'usage PGMS002 /latin1.yaml is not UTF-8 text'],
    ['bom.yaml', `\ufeff${least}`, 'no error'],
    ['crlf.yaml', least.replaceAll('\n', '\r\n'), 'no error'],
  ])('%s', (name, content, error) => {
    expect(errorOf(name, content)).toBe(error);
  });

  test.each(readdirSync('examples').filter(name => name.endsWith('.yaml')))('examples/%s is accepted', name => {
    const env = {
      SOURCE_URL: 'postgres://a@old/postgres',
      TARGET_URL: 'postgres://a@new/postgres',
      PGBOUNCER_URL: 'postgres://a@b:6432',
      STATE_URL: 'postgres://a@state/x',
      SOURCE_PASSWORD: 'p1',
      SOURCE_FOLLOWER_PASSWORD: 'p3',
      TARGET_PASSWORD: 'p2',
    };
    expect(loadSpec(join('examples', name), fakeEnvironment(env)).diagnostics).toEqual([]);
  });
});

describe('YAML', () => {
  test.each([
    ['version: 1\nname: [\n', '2:7 PGMS004 the file ends before a bracket or quote is closed'],
    ['version: 1\nname: "x\n', '2:8 PGMS004 the file ends before a bracket or quote is closed'],
    ['version: 1\nsource:\n\tconnection: x\n', '3:1 PGMS004 a tab is used for indentation'],
    ['name: a: b\n', '1:8 PGMS004 this cannot stand here: wrong indentation, or a text that needs quotes'],
    ['name: @x\n', '1:7 PGMS004 this cannot stand here: wrong indentation, or a text that needs quotes'],
    ['name: {a: 1 b: 2}\n', '1:14 PGMS004 a comma or closing bracket is missing in a { } or [ ] list'],
    ['a: "\\q"\n', '1:6 PGMS004 a backslash in double quotes begins an escape that YAML does not know'],
    ['a\u0000b: 1\n', '1:2 PGMS004 a character that is not text'],
    ['a: 1\n---\nb: 2\n', '2:1 PGMS005 a second YAML document begins here'],
    ['- a\n', '1:1 PGMS012 the spec must be a mapping (key: value), not a list'],
    ['just text\n', '1:1 PGMS012 the spec must be a mapping (key: value), not "just text"'],
    [`${least}verify: &v off\nroles: *v\n`, '6:8 PGMS006 aliases are not used in a spec'],
    [`${least}<<: {}\n`, '5:1 PGMS006 merge keys (<<) are not used in a spec'],
    [`${least}verify: !x off\n`, '5:9 PGMS006 the tag !x is not used in a spec'],
    [`${least}? [a]\n: b\n`, '5:3 PGMS006 a key must be plain text'],
    [`${least}verify: full\nverify: off\n`, '6:1 PGMS007 "verify" is given twice'],
    [`\ufeffnam: x\n${least}`, '1:1 PGMS010 unknown key "nam"'],
    [`${least.replaceAll('\n', '\r\n')}verfy: off\r\n`, '5:1 PGMS010 unknown key "verfy"'],
  ])('%j', (text, expected) => {
    expect(told(text)).toEqual([expected]);
  });

  test('of version 1.2: off is a word, yes is no truth value', () => {
    expect(load(`${least}verify: off\n`).spec.verify).toBe('off');
    expect(diagnosticsOf(`${least}cutover: {failback: no}\n`)).toMatchObject([
      {
        code: 'PGMS012',
        message: 'cutover.failback must be true or false, not "no"',
        hint: 'Truth values are true and false in YAML 1.2: failback: false',
      },
    ]);
  });

  test('keys of the prototype are keys like others', () => {
    expect(told(`${least}__proto__: {verify: off}\nconstructor: 1\n`)).toEqual([
      '5:1 PGMS010 unknown key "__proto__"',
      '6:1 PGMS010 unknown key "constructor"',
    ]);
  });
});

describe('the schema', () => {
  test.each<[string, string, string?]>([
    ['metod: dump', '5:1 PGMS010 unknown key "metod"', 'Did you mean "method"?'],
    ['copy: {indexJobs: 1}', '5:8 PGMS010 unknown key "indexJobs" in copy', 'Did you mean "index_jobs"?'],
    ['failback: true', '5:1 PGMS010 unknown key "failback"', 'It belongs here: cutover.failback.'],
    ['copy: {jobs: many}', '5:14 PGMS012 copy.jobs must be a whole number, not "many"'],
    ['copy: {jobs: "4"}', '5:14 PGMS012 copy.jobs must be a whole number, not "4"', 'Write it without quotes: jobs: 4'],
    ['copy: {jobs: 0}', '5:14 PGMS013 copy.jobs must be at least 1, not "0"'],
    ['copy: {jobs: 1.5}', '5:14 PGMS012 copy.jobs must be a whole number, not "1.5"'],
    ['copy: {split_above: 256mb}', '5:21 PGMS013 copy.split_above must be like 256MB or 1GB, not "256mb"'],
    ['copy: {split_above: 0MB}', '5:21 PGMS013 copy.split_above must be more than 0'],
    ['copy: {split_above: 99999999999TB}', '5:21 PGMS013 copy.split_above is too large'],
    ['copy: fast', '5:7 PGMS012 copy must be a mapping (key: value), not "fast"'],
    ['copy:', '5:1 PGMS012 copy must be a mapping (key: value), not empty'],
    ['cutover: {compare: most}', '5:20 PGMS013 cutover.compare must be like 20ms or 2s, not "most"'],
    ['cutover: {timeout: 30}', '5:20 PGMS012 cutover.timeout must be like 30s or 500ms, not "30"'],
    ['cutover: {timeout: 0s}', '5:20 PGMS013 cutover.timeout must be from 1 ms to 24 days'],
    ['databases: {include: shop}', '5:22 PGMS012 databases.include must be a list, not "shop"'],
    [
      'databases: {include: [2024]}',
      '5:23 PGMS012 databases.include[0] must be text, not "2024"',
      'Put it in quotes: "2024"',
    ],
    [
      'method: continous',
      '5:9 PGMS013 method must be one of auto, continuous, dump, not "continous"',
      'Did you mean "continuous"?',
    ],
    ['state: postgres', '5:8 PGMS012 state must be file or a mapping (key: value), not "postgres"'],
    ['state: {postgre: x}', '5:9 PGMS010 unknown key "postgre" in state', 'Did you mean "postgres"?'],
    ['state: {}', '5:1 PGMS011 "state.postgres" is missing'],
  ])('%s', (yaml, expected, hint) => {
    expect(told(`${least}${yaml}\n`)).toEqual([expected]);
    if (hint !== undefined) expect(diagnosticsOf(`${least}${yaml}\n`)[0]?.hint).toBe(hint);
  });

  test('what must be there is asked for', () => {
    expect(told('name: a\n')).toEqual([
      '1:1 PGMS011 "version" is missing',
      '1:1 PGMS011 "source" is missing',
      '1:1 PGMS011 "target" is missing',
    ]);
    expect(told(least.replace('version: 1', 'version: 2'))).toEqual(['1:10 PGMS013 version must be 1, not "2"']);
    expect(told(least.replace("source: {connection: 'postgres://a@old/x'}", 'source: postgres://a@old/x'))).toEqual([
      '3:9 PGMS012 source must be a mapping (key: value), not what it is',
    ]);
    expect(told(least.replace("{connection: 'postgres://a@old/x'}", '{user: x}'))).toEqual([
      '3:1 PGMS031 source says nowhere to connect',
    ]);
  });

  test.each(['shop', 'a', `a${'1'.repeat(29)}`, 'x_1'])('the name %s is good', name => {
    expect(load(least.replace('shop', name)).spec.name).toBe(name);
  });

  test.each(['Shop', '1a', '_a', 'a-b', `a${'1'.repeat(30)}`, '"a b"', 'é'])('the name %s is not', name => {
    expect(told(least.replace('shop', name))[0]).toMatch(/^2:7 PGMS013 name must be like/);
  });
});

describe('variables', () => {
  const withName = (yaml: string): string => least.replace('name: shop', `name: ${yaml}`);
  test.each([
    ['${N}', { N: 'abc' }, 'abc'],
    ['a${N}c', { N: 'b' }, 'abc'],
    ['"${N}${M}"', { N: 'a', M: 'b' }, 'ab'],
    ['${N:-dflt}', {}, 'dflt'],
    ['${N:-dflt}', { N: '' }, 'dflt'],
    ['${N:-dflt}', { N: 'set' }, 'set'],
    ["'${N:-}a'", {}, 'a'],
  ])('%s', (yaml, env, name) => {
    expect(load(withName(yaml), fakeEnvironment(env)).spec.name).toBe(name);
  });

  test('in brackets need no quotes, and may be numbers and truth values', () => {
    const text =
      `${least}copy: {jobs: \${JOBS:-4}}\ncutover: {failback: \${BACK}, ` +
      `timeout: \${T:-5 min}}\nstate: {postgres: \${S}}\n`;
    expect(load(text, fakeEnvironment({ BACK: 'false', S: 'host=s' })).spec).toMatchObject({
      copy: { jobs: 4 },
      cutover: { failback: false, timeout: 300_000 },
      state: { kind: 'postgres' },
    });
  });

  test('a password stays what it is, whatever it looks like', () => {
    for (const password of ['0123', 'true', 'null', '1e3', '$$', '$x', '${X}', '%41', 'a\'b"c\\', ' ']) {
      const text = 'version: 1\nname: a\nsource: {host: h, password: "${P}"}\ntarget: {host: i}\n';
      expect(load(text, fakeEnvironment({ P: password })).spec.source.connection.password?.reveal()).toBe(password);
    }
  });

  test('$${ stands for itself, and so does any other $', () => {
    const text = "version: 1\nname: a\nsource: {host: h, user: 'a$${B}$$c$D'}\ntarget: {host: i}\n";
    expect(load(text).spec.source.connection.user).toBe('a${B}$$c$D');
  });

  test.each([
    ["'${NOPE}'", '2:8 PGMS020 the environment variable NOPE is not set'],
    ['x${NOPE}', '2:8 PGMS020 the environment variable NOPE is not set'],
    ['"\\x61${NOPE}"', '2:12 PGMS020 the environment variable NOPE is not set'],
    ['"\\x24{NOPE}"', '2:7 PGMS020 the environment variable NOPE is not set'],
    ['${toString}', '2:7 PGMS020 the environment variable toString is not set'],
    ['${1x}', '2:7 PGMS021 this is not a variable'],
    ['${}', '2:7 PGMS021 this is not a variable'],
    ["'${A'", '2:8 PGMS021 a "${" is not closed'],
    ["'${A:-${B}}'", '2:8 PGMS021 a variable stands inside of another'],
    ['${A?}', '2:7 PGMS021 this is not a variable'],
  ])('%s is told at its place', (yaml, expected) => {
    expect(told(withName(yaml))).toEqual([expected]);
  });

  test('are not shown when their value is wrong', () => {
    const [diagnostic] = diagnosticsOf(`${least}verify: \${V}\n`, fakeEnvironment({ V: 's3cret' }));
    expect(JSON.stringify(diagnostic)).not.toContain('s3cret');
    expect(diagnostic?.message).toMatch(/not the value of \$\{V\}$/);
  });
});

describe('meaning', () => {
  test.each([
    ['databases: {include: [a], exclude: [b]}', '5:27 PGMS040 databases has both include and exclude'],
    ['databases: {include: []}', '5:22 PGMS041 databases.include is empty: nothing would be migrated'],
    ['databases: {exclude: [a, a]}', '5:26 PGMS042 "a" stands in databases.exclude twice'],
    ['databases: {include: [template1]}', '5:23 PGMS043 template1 is never migrated: every cluster has its own'],
    [`databases: {include: [${'é'.repeat(32)}]}`, '5:23 PGMS043 a database name has at most 63 bytes, this one has 64'],
    ['databases: {tables: {exclude: [log]}}', '5:32 PGMS044 the table pattern "log" names no schema'],
    ['databases: {tables: {include: [a.]}}', '5:32 PGMS044 the table pattern "a." is not schema.table'],
    [
      'databases: {tables: {include: ["a.*"], exclude: ["b.*"]}}',
      '5:40 PGMS040 databases.tables has both include and exclude',
    ],
    ['method: dump\ngoal: cutover', '6:7 PGMS050 method dump cannot reach the goal cutover'],
    ['method: dump\ncutover: {failback: true}', '6:21 PGMS051 method dump has no cutover.failback'],
    ['method: dump\nreplication: {lanes: 2}', '6:1 PGMS052 replication has no effect with method dump'],
    ['cutover: {hooks: {switch: [./a, [./b]]}}', '5:33 PGMS046 cutover.hooks.switch mixes programs and arguments'],
    ['cutover: {hooks: {after: [[./a], ./b]}}', '5:34 PGMS046 cutover.hooks.after mixes programs and arguments'],
    ['state: {postgres: "hots=x"}', '5:19 PGMS030 unknown connection keyword "hots"'],
    ['state: {postgres: "host=x password=y"}', '5:19 PGMS034 a password stands in state.postgres'],
  ])('%s', (yaml, expected) => {
    expect(told(`${least}${yaml}\n`)).toEqual([expected]);
  });

  test.each([
    ['203.0.113.7/32', true],
    ['10.0.0.0/8', true],
    ['2001:db8::/32', true],
    ['::1/128', true],
    ['db.example.com', true],
    ['.example.com', true],
    ['all', true],
    ['samenet', true],
    ['203.0.113.7', false],
    ['2001:db8::1', false],
    ['10.0.0.0/33', false],
    ['10.0.0/8', false],
    ['1.2.3', false],
    ['a b', false],
    ['10.0.0.0/8/8', false],
    ['a,b', false],
    ['10.0.0.0/255.0.0.0', false],
  ])('the address %s: %s', (address, good) => {
    const text = `version: 1\nname: a\nsource: {host: h, hba: {addresses: ["${address}"]}}\ntarget: {host: i}\n`;
    expect(told(text).map(line => line.slice(0, 12))).toEqual(good ? [] : ['3:37 PGMS045']);
  });

  test.each([
    ['{connection: "postgres://a:b@h/x"}', '3:22 PGMS034 a password stands in source.connection'],
    ['{host: h, password: secret}', '3:29 PGMS034 a password stands in source.password'],
    ['{host: h, password: "${P:-secret}"}', '3:29 PGMS034 a password stands in source.password'],
    ['{connection: "${U:-postgres://a:b@h/x}"}', '3:22 PGMS034 a password stands in source.connection'],
  ])('the source %s is warned of', (source, expected) => {
    const text = `version: 1\nname: a\nsource: ${source}\ntarget: {host: i}\n`;
    expect(told(text)).toEqual([expected]);
    expect(load(text).diagnostics).toMatchObject([{ severity: 'warning' }]);
  });

  test.each([
    '{connection: "postgres://a:${P}@h/x"}',
    '{host: h, password: "${P}"}',
    '{connection: "${U}"}',
    '{host: h, password: "${P:-secret}"}',
  ])('the source %s keeps its secret outside', source => {
    expect(
      told(
        `version: 1\nname: a\nsource: ${source}\ntarget: {host: i}\n`,
        fakeEnvironment({ P: 'secret', U: 'postgres://a:secret@h/x' }),
      ),
    ).toEqual([]);
  });

  test('source and target must differ', () => {
    const same = (target: string): string[] => told(least.replace('postgres://a@new/x', target));
    expect(same('postgres://b@old:5432/x')).toEqual([
      '4:22 PGMS035 source and target are the same database of the same server',
    ]);
    expect(diagnosticsOf(least.replace('postgres://a@new/x', 'postgres://a@old/y'))).toMatchObject([
      { severity: 'warning', code: 'PGMS035' },
    ]);
    expect(same('postgres://a@old:5433/x')).toEqual([]);
  });

  test('a mistake in a connection lies at its field', () => {
    expect(
      told(
        'version: 1\nname: a\nsource:\n  connection: host=h\n  passfile: ./none\ntarget: {host: i, service: nope}\n',
      ),
    ).toEqual([
      expect.stringMatching(/^5:13 PGMS033 the password file .*none does not exist$/),
      '6:28 PGMS030 there is no service "nope"',
    ]);
  });
});

test('every mistake is told at once, in the order of the file', () => {
  const text = `verson: 1
name: My Shop
source: {connection: "postgres://a:b/c@h/d", hots: x, hba: {addresses: [1.2.3.4]}}
target: {host: \${T}, port: "5432", sslmode: verify}
method: dump
goal: synced
databases: {include: [a, a], exclude: [b]}
cutover: {timeout: 30, failback: yes}
copy: {jobs: many}
`;
  expect(diagnosticsOf(text).map(({ location, code }) => `${String(location.line)} ${code}`)).toEqual([
    '1 PGMS010',
    '2 PGMS013',
    '3 PGMS030',
    '3 PGMS010',
    '3 PGMS045',
    '4 PGMS020',
    '4 PGMS012',
    '4 PGMS013',
    '6 PGMS050',
    '7 PGMS042',
    '7 PGMS040',
    '8 PGMS052',
    '8 PGMS012',
    '8 PGMS012',
    '9 PGMS012',
  ]);
});
