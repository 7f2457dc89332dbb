import { expect, test } from 'vitest';
import { initSpec, type InitAnswers } from '../../src/spec/init-spec.js';
import { loadSpecText } from '../../src/spec/load-spec.js';
import { fakeEnvironment } from './environment.js';

const environment = fakeEnvironment({
  SOURCE_URL: 'postgres://a@old/x',
  TARGET_URL: 'postgres://a@new/x',
  OTHER: 'host=other',
});

test.each<[InitAnswers, object]>([
  [{ name: 'shop' }, { name: 'shop', method: 'auto', goal: 'synced', cutover: { timeout: 30_000, failback: true } }],
  [
    { name: 'shop', method: 'dump' },
    { method: 'dump', goal: 'ready', cutover: { failback: false } },
  ],
  [
    { name: 'shop', method: 'continuous', goal: 'prepared' },
    { method: 'continuous', goal: 'prepared' },
  ],
  [{ name: 'shop', source: '${OTHER}' }, { source: { connection: { hosts: [{ host: 'other' }] } } }],
  [
    { name: 'shop', source: "host='a b' user='x: y # \"'" },
    { source: { connection: { hosts: [{ host: 'a b' }], user: 'x: y # "' } } },
  ],
  [
    { name: 'shop', include: ['a', 'on: b', '2024', 'x"y', '#'] },
    { databases: { include: ['a', 'on: b', '2024', 'x"y', '#'] } },
  ],
  [
    { name: 'shop', exclude: ['true', 'null', '~', '- a', "it's"] },
    { databases: { include: null, exclude: ['true', 'null', '~', '- a', "it's"] } },
  ],
])('%j becomes a valid spec', (answers, expected) => {
  const text = initSpec(answers);
  const { spec, diagnostics } = loadSpecText(text, 'pgm.yaml', environment);
  expect(diagnostics).toEqual([]);
  expect(spec).toMatchObject(expected);
});

test.each<[InitAnswers, RegExp]>([
  [{ name: 'My Shop' }, /^name must be like shop/],
  [{ name: 'shop', method: 'dump', goal: 'cutover' }, /cannot reach the goal cutover/],
  [{ name: 'shop', exclude: ['a', 'a'] }, /twice/],
])('%j is refused', (answers, message) => {
  expect(() => initSpec(answers)).toThrow(message);
});

test('what is commented out is valid too', () => {
  const text = initSpec({ name: 'shop', schema: './schemas/pgm.schema.json' });
  expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/schemas\/pgm\.schema\.json\n/);
  const all = text.replaceAll(/^( *)# (\w+: )/gm, '$1$2');
  expect(all).toContain('\nverify: full');
  const { spec } = loadSpecText(all, 'pgm.yaml', fakeEnvironment({ ...environment.env, SOURCE_PASSWORD: 'x' }));
  expect(spec).toMatchObject({
    cutover: { hooks: { switch: [['./switch-dsn.sh']] } },
    databases: { exclude: ['scratch'] },
    copy: { jobs: 4 },
  });
});
