import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readIntactPlan, readPlanFile } from '../../src/cli/plan-file.js';
import { UserError } from '../../src/errors.js';
import { planDigest, planIntegrity } from '../../src/plan/digest.js';
import { shutRecords, unfinishedSwitch } from '../../src/plan/half-switch.js';
import type { Plan } from '../../src/plan/plan.js';
import { planStanding } from '../../src/plan/standing.js';
import { renderLockfile } from '../../src/render/lockfile-text.js';
import { plain } from '../../src/render/palette.js';
import { renderPlanJson } from '../../src/render/plan-json.js';
import { renderPlan } from '../../src/render/plan-text.js';
import { formatLockfile, parseLockfile } from '../../src/state/lockfile-text.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { finding, plan, step } from '../render/examples.js';

/** `PGM_FUZZ=long` for many, `PGM_SEED` to repeat one run. */
const runs = {
  numRuns: process.env['PGM_FUZZ'] === 'long' ? 20_000 : 100,
  ...(process.env['PGM_SEED'] === undefined ? {} : { seed: Number(process.env['PGM_SEED']) }),
};

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What JSON can say and a reader may not expect. */
const odd: fc.Arbitrary<Json> = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue() as fc.Arbitrary<Json> },
  fc.constantFrom<Json>(null, -1, 0, 1e308, -0.5, '', '\u0000', '\u001b[2J', '__proto__', [], {}, [[]], [null], true),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constant<Json>('x'.repeat(100_000)),
  fc.constant<Json>(JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`) as Json),
  fc.constant<Json>(JSON.parse('{"__proto__": {"name": 1}, "constructor": 1, "toString": "x"}') as Json),
);

/** Every place within, as keys. */
function places(value: Json, at: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inner = Array.isArray(value)
    ? value.flatMap((each: Json, index) => places(each, [...at, index]))
    : Object.entries(value).flatMap(([key, each]) => places(each, [...at, key]));
  return [at, ...inner];
}

type Edit =
  | { readonly kind: 'put'; readonly value: Json }
  | { readonly kind: 'drop' }
  | { readonly kind: 'name'; readonly key: string; readonly value: Json };

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 3, arbitrary: odd.map((value): Edit => ({ kind: 'put', value })) },
  fc.constant<Edit>({ kind: 'drop' }),
  fc
    .tuple(fc.constantFrom('__proto__', 'constructor', 'x', 'database', 'steps', ''), odd)
    .map(([key, value]): Edit => ({ kind: 'name', key, value })),
);

function edited(value: Json, [key, ...rest]: readonly (string | number)[], change: Edit): Json {
  if (key === undefined) {
    if (change.kind !== 'name') return change.kind === 'put' ? change.value : null;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries([...Object.entries(value), [change.key, change.value]])
      : value;
  }
  const drop = rest.length === 0 && change.kind === 'drop';
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    return list.flatMap((each, index) => (index !== key ? [each] : drop ? [] : [edited(each, rest, change)]));
  }
  return Object.fromEntries(
    Object.entries(value as Record<string, Json>).flatMap(([name, each]) =>
      name !== key ? [[name, each]] : drop ? [] : [[name, edited(each, rest, change)]],
    ),
  );
}

/** A file that somebody edited: a few of its values, or its text. */
function filesLike(content: Json): fc.Arbitrary<string> {
  const all = places(content);
  const values = fc
    .array(fc.tuple(fc.integer({ min: 0, max: all.length - 1 }), edit), { minLength: 1, maxLength: 3 })
    .map(edits =>
      JSON.stringify(
        edits.reduce((value, [index, change]) => edited(value, holding(value, all[index] ?? []), change), content),
      ),
    );
  const text = JSON.stringify(content, null, 2);
  const texts = fc
    .tuple(
      fc.integer({ min: 0, max: text.length }),
      fc.integer({ min: 0, max: 200 }),
      fc.string({ unit: 'binary', maxLength: 20 }),
    )
    .map(([at, length, more]) => text.slice(0, at) + more + text.slice(at + length));
  return fc.oneof({ weight: 4, arbitrary: values }, texts, fc.string({ unit: 'binary' }));
}

/** The beginning of a place that is still there after other edits. */
function holding(value: Json, place: readonly (string | number)[]): readonly (string | number)[] {
  const there: (string | number)[] = [];
  let at: Json | undefined = value;
  for (const key of place) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) break;
    there.push(key);
    at = (at as Record<string | number, Json>)[key];
  }
  return there;
}

/** What a reader says; undefined: it read it. @throws what is not for users */
async function said(read: () => unknown): Promise<UserError | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.code).toMatch(/^(PGM\d{3}|state-[a-z-]+)$/);
    expect(error.message.length).toBeLessThan(10_000);
    return error;
  }
}

const palette = plain;

describe('whatever somebody wrote into it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pgm-fuzz-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const kept = (format: string, name: string): Json =>
    JSON.parse(readFileSync(join(import.meta.dirname, format, `${name}.lock.json`), 'utf8')) as Json;
  const source = { place: 'pgm.lock.json', name: 'test', remedy: 'Put it back.' };
  const read = (text: string): Lockfile => parseLockfile(text, source);
  const inFormat2 = (name: string): Json =>
    JSON.parse(formatLockfile(read(JSON.stringify(kept('format-1', name))))) as Json;

  it.each([
    ['of format 1, in sync', kept('format-1', 'synced')],
    ['of format 1, after a cutover', kept('format-1', 'cutover')],
    ['in sync', inFormat2('synced')],
    ['after a cutover', inFormat2('cutover')],
  ])('a lockfile (%s) is read, shown and written, or refused with a code', async (_, content) => {
    await fc.assert(
      fc.asyncProperty(filesLike(content), async text => {
        await said(() => {
          const lockfile = read(text);
          expect(read(formatLockfile(lockfile))).toEqual(lockfile);
          renderLockfile(lockfile, { palette, verbose: true });
          unfinishedSwitch(lockfile);
          for (const side of ['source', 'target'] as const) shutRecords(lockfile, side);
        });
      }),
      runs,
    );
  });

  it('a saved plan is shown, or refused with a code, also with digests that fit what was altered', async () => {
    const content = JSON.parse(
      JSON.stringify(
        plan({
          findings: [finding(), finding({ code: 'PGM503', severity: 'info', status: 'manual', remedy: 'x' })],
          steps: [
            step({ id: 'source/shop/publication', kind: 'publication', database: 'shop' }),
            step({
              id: 'target/shop/copy',
              kind: 'copy',
              database: 'shop',
              estimate: { bytes: 1, rows: 2, seconds: 3 },
              depends_on: ['source/shop/publication'],
            }),
          ],
        }),
      ),
    ) as Json;
    const path = join(folder, 'plan.json');
    await fc.assert(
      fc.asyncProperty(filesLike(content), fc.boolean(), async (text, signs) => {
        writeFileSync(path, signs ? signed(text) : text);
        await said(async () => {
          const found = await readPlanFile(path);
          renderPlan(found.plan, { palette, verbose: true });
          renderPlanJson(found.plan);
          planStanding(found.plan, null, null);
        });
        await said(() => readIntactPlan(path));
      }),
      runs,
    );
  });
});

/** As somebody who knows how digests are made would leave it. */
function signed(text: string): string {
  try {
    const { digest: _old, integrity: _older, ...content } = JSON.parse(text) as Plan;
    const digest = planDigest(content);
    return JSON.stringify({ ...content, digest, integrity: planIntegrity({ ...content, digest }) });
  } catch {
    return text;
  }
}
