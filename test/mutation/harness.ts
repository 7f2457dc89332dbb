// What tests of a mutation run import in the place of vitest: they are collected, to be run for many mutants.
export { afterAll, assert, expect, vi, expectTypeOf } from 'vitest';

type Body = (...parameters: unknown[]) => unknown;
export interface Unit {
  readonly file: string;
  readonly name: string;
  /** Of a describe: makes its tests anew, since what they are about is often computed there. */
  readonly make: () => readonly Body[];
}

interface Collected {
  units: Unit[];
  file: string;
  tests: Body[] | null;
  before: Body[];
  after: Body[];
}
const collected = ((globalThis as Record<string, unknown>)['__collected'] ??= {
  units: [],
  file: '',
  tests: null,
  before: [],
  after: [],
}) as Collected;

function addTest(name: string, body: Body): void {
  const { tests } = collected;
  const [before, after] = [[...collected.before], [...collected.after]];
  const whole: Body = async () => {
    for (const each of before) await each();
    try {
      await body();
    } finally {
      for (const each of after) await each();
    }
  };
  if (tests !== null) tests.push(whole);
  else collected.units.push({ file: collected.file, name, make: () => [whole] });
}

function addDescribe(name: string, body: Body): void {
  const { file, before, after } = collected;
  const make = (): readonly Body[] => {
    const outer = collected.tests;
    const own: Body[] = [];
    const [b, a] = [collected.before, collected.after];
    Object.assign(collected, {
      tests: own,
      before: [...(outer === null ? before : b)],
      after: [...(outer === null ? after : a)],
    });
    try {
      body();
    } finally {
      Object.assign(collected, { tests: outer, before: b, after: a });
    }
    return own;
  };
  if (collected.tests === null) collected.units.push({ file, name, make });
  else collected.tests.push(...make());
}

function each(add: (name: string, body: Body) => void) {
  return (table: readonly unknown[]) => (name: string, body: Body) => {
    for (const row of table) add(name, () => body(...(Array.isArray(row) ? row : [row])));
  };
}

const nothing = (): void => undefined;
type Conditional = (condition: boolean) => (name: string, body: Body) => void;
const skipIf: Conditional = condition => (condition ? nothing : addTest);
const runIf: Conditional = condition => (condition ? addTest : nothing);
export const it = Object.assign((name: string, body: Body, _limit?: number) => addTest(name, body), {
  each: each(addTest),
  skip: nothing,
  skipIf,
  runIf,
});
export const test = it;
export const describe = Object.assign((name: string, body: Body) => addDescribe(name, body), {
  each: each(addDescribe),
  skip: nothing,
});
export const beforeEach = (body: Body): void => void collected.before.push(body);
export const beforeAll = beforeEach;
export const afterEach = (body: Body): void => void collected.after.push(body);
