import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Conninfo } from '../../src/postgres/conninfo.js';
import { sessionAttributes, sslmodes } from '../../src/postgres/conninfo.js';
import { ConninfoError } from '../../src/postgres/conninfo-problem.js';
import { keywordConninfo, uriConninfo } from '../../src/postgres/format-conninfo.js';
import { readConninfo, resolveConninfo } from '../../src/postgres/resolve-conninfo.js';
import { Secret } from '../../src/postgres/secret.js';
import { SpecErrors } from '../../src/spec/diagnostic.js';
import { formatDiagnostic } from '../../src/spec/format-diagnostic.js';
import { loadSpecText } from '../../src/spec/load-spec.js';
import { setGoal } from '../../src/spec/set-goal.js';
import { UserError } from '../../src/errors.js';
import { fakeEnvironment } from './environment.js';

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
const environment = fakeEnvironment();
const runs = { numRuns: 500 };

const name = fc.string({ minLength: 1, unit: 'binary' }).filter(text => !text.includes('\0'));
const host = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6(),
  fc.constant('/var/run/postgresql'),
  name.filter(text => !text.includes(',')),
);
const conninfo: fc.Arbitrary<Conninfo> = fc.record({
  hosts: fc.array(fc.record({ host, port: fc.integer({ min: 1, max: 65_535 }) }), { minLength: 1, maxLength: 3 }),
  user: name,
  database: name,
  password: fc
    .option(fc.oneof(name, fc.constant(printable)), { nil: undefined })
    .map(password => (password === undefined ? undefined : new Secret(password))),
  sslmode: fc.constantFrom(...sslmodes),
  sslrootcert: fc.option(name, { nil: undefined }),
  sslcert: fc.option(name, { nil: undefined }),
  sslkey: fc.option(name, { nil: undefined }),
  connectTimeout: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined }),
  targetSessionAttrs: fc.constantFrom(...sessionAttributes),
  options: fc.option(name, { nil: undefined }),
});

test.each([
  ['a keyword string', keywordConninfo],
  ['a URI', uriConninfo],
])('any connection survives being written as %s', (_what, format) => {
  fc.assert(
    fc.property(conninfo, original => {
      const read = resolveConninfo(format(original, { password: true }), environment);
      expect({ ...read, password: read.password?.reveal() }).toEqual({
        ...original,
        password: original.password?.reveal(),
      });
      expect(resolveConninfo(format(original, { password: false }), environment).password).toBeUndefined();
    }),
    runs,
  );
});

test('a URI in its usual form gives back any percent-encoded user, password and database', () => {
  fc.assert(
    fc.property(name, name, name, (user, password, database) => {
      const read = resolveConninfo(
        `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h:1/${encodeURIComponent(database)}`,
        environment,
      );
      expect([read.user, read.password?.reveal(), read.database]).toEqual([user, password, database]);
    }),
    runs,
  );
});

test('any text is a connection or a list of problems', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(
        'postgres://',
        'user',
        'host',
        '=',
        "'",
        '\\',
        '@',
        ':',
        '/',
        '?',
        '&',
        '%',
        '%4',
        '[',
        ']',
        ',',
        ' ',
        'password',
      ),
      fc.string(),
    ),
  );
  fc.assert(
    fc.property(pieces, parts => {
      const { conninfo: read, problems } = readConninfo(parts.join(''), environment);
      expect(read !== undefined).toBe(!problems.some(({ severity }) => severity === 'error'));
    }),
    { numRuns: 2000 },
  );
});

test('no message about a wrong connection quotes its password', () => {
  const secret = fc
    .string({ minLength: 6, unit: fc.constantFrom(...Array.from('QZXJV@/:?#&=% ,[]\'"\\')) })
    .filter(text => /[QZXJV]{3}/.test(text));
  const templates = [
    (password: string) => `postgres://u:${password}@h:1/d`,
    (password: string) => `postgres://u:${password}@h/d?nokey=1`,
    (password: string) => `postgres://u:${password}@h:port/d`,
    (password: string) => `host=h nokey=1 password=${password}`,
    (password: string) => `host=h password=${password} port=x`,
    (password: string) => `password='${password}' nokey=1`,
  ];
  fc.assert(
    fc.property(secret, fc.constantFrom(...templates), (password, template) => {
      const { problems } = readConninfo(template(password), environment);
      const pieces = password.match(/[QZXJV]{3,}/g) ?? [];
      const shown = JSON.stringify(problems) + problemsAsError(problems);
      for (const piece of pieces) expect(shown).not.toContain(piece);
    }),
    { numRuns: 3000 },
  );
});

function problemsAsError(problems: Parameters<typeof toError>[0]): string {
  return String(toError(problems).stack);
}

function toError(problems: ConstructorParameters<typeof ConninfoError>[0]): Error {
  return new ConninfoError(problems);
}

/** YAML-like text: real pieces of specs in any order, and anything else. */
const yamlText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'version: 1\n',
        'name: shop\n',
        'source: {connection: postgres://a@h/d}\n',
        'target:\n  host: x\n',
        'databases: ',
        'include: [',
        ']',
        '{',
        '}',
        '- ',
        '${',
        '$${',
        '}',
        ': ',
        '\n',
        '  ',
        '\t',
        '&a ',
        '*a',
        '!x ',
        '"',
        "'",
        '|',
        '>',
        '#',
        '---\n',
        '...\n',
        '\ufeff',
        '\r\n',
        'null',
        'goal: ',
        '<<: ',
        '? ',
        '\u0000',
        '__proto__: 1\n',
      ),
      fc.string(),
      fc.string({ unit: 'binary' }),
    ),
    { maxLength: 30 },
  )
  .map(parts => parts.join(''));

test('any text is a spec or SpecErrors that can be shown', () => {
  fc.assert(
    fc.property(yamlText, text => {
      try {
        loadSpecText(text, 'pgm.yaml', environment);
      } catch (error) {
        expect(error).toBeInstanceOf(SpecErrors);
        const { diagnostics } = error as SpecErrors;
        expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
        for (const diagnostic of diagnostics) {
          expect(diagnostic.location.line).toBeLessThanOrEqual(text.split(/\r\n|\r|\n/).length);
          expect(formatDiagnostic(diagnostic, text, { color: false })).toContain(
            `pgm.yaml:${String(diagnostic.location.line)}:${String(diagnostic.location.column)}: ${diagnostic.severity} ${diagnostic.code}`,
          );
        }
      }
    }),
    { numRuns: 3000 },
  );
});

test('any value in any place of a spec is accepted or refused in words', () => {
  const keys = [
    'version',
    'name',
    'source',
    'target',
    'method',
    'databases',
    'roles',
    'replica_identity',
    'target_rows',
    'copy',
    'replication',
    'cutover',
    'verify',
    'state',
    'goal',
    'connection',
    'host',
    'port',
    'password',
    'restart',
    'command',
    'hba',
    'addresses',
    'include',
    'exclude',
    'tables',
    'jobs',
    'split_above',
    'timeout',
    'failback',
    'hooks',
    'switch',
    'pgbouncer',
    'admin',
    'postgres',
  ];
  const { value } = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom('${X}', '${X:-1}', '1GB', '30s', 'dump', 'postgres://a:b@c/d'),
      tie('list'),
      tie('mapping'),
    ),
    list: fc.array(tie('value'), { maxLength: 3 }),
    mapping: fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 5 }),
  }));
  const spec = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 15 });
  fc.assert(
    fc.property(spec, data => {
      try {
        loadSpecText(
          JSON.stringify({ version: 1, name: 'a', source: { host: 'h' }, target: { host: 'i' }, ...data }, null, 1),
          'pgm.yaml',
          environment,
        );
      } catch (error) {
        expect(error).toBeInstanceOf(SpecErrors);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a password in a spec is never shown, wherever a mistake is', () => {
  const secret = fc.stringMatching(/^[QZXJV]{6}[QZXJV@/:?&=%,# -]{0,6}[QZXJV]{3}$/);
  const specs = [
    (password: string) => `version: 1\nname: A\nsource: {connection: "postgres://u:${password}@h/d"}\n`,
    (password: string) => `source: {connection: "postgres://u:${password}@h/d", hots: x}\n`,
    (password: string) => `source:\n  password: "${password}"\n  pasword: ${password}\ntarget: [`,
    (password: string) => `source: {host: h, password: '${password}', port: x}\n`,
    (password: string) => `source:\n  connection: host=h password='${password}' prot=1\n`,
    (password: string) => `source: postgres://u:${password}@h/d\n`,
    (password: string) => `source:\n  password:\n    "${password}"\n  port: \${NOPE}\n`,
    (password: string) =>
      `source: {password: "\${P:-${password}}", connection: "\${P:-postgres://u:${password}@h/d}"}\n`,
  ];
  fc.assert(
    fc.property(secret, fc.constantFrom(...specs), (password, spec) => {
      const text = spec(password);
      try {
        loadSpecText(text, 'pgm.yaml', environment);
        expect.unreachable('every one of them is wrong');
      } catch (error) {
        if (!(error instanceof SpecErrors)) throw error;
        const shown = [
          String(error.stack),
          ...error.diagnostics.map(diagnostic => formatDiagnostic(diagnostic, error.text, { color: false })),
        ].join('\n');
        for (const piece of password.match(/[QZXJV]{3,}/g) ?? []) expect(shown).not.toContain(piece);
      }
    }),
    { numRuns: 2000 },
  );
});

test('setting a goal changes nothing else, or says that it cannot', () => {
  fc.assert(
    fc.property(yamlText, text => {
      try {
        const changed = setGoal(text, 'cutover');
        expect(setGoal(changed, 'cutover')).toBe(changed);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }),
    { numRuns: 2000 },
  );
});
