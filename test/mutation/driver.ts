import { readFileSync, writeFileSync } from 'node:fs';
import { it, vi } from 'vitest';
import type { Unit } from './harness.js';

interface Task {
  readonly folder: string;
  readonly result: string;
  readonly mutants: readonly { readonly id: number; readonly file: string }[];
  readonly tests: readonly { readonly file: string; readonly uses: readonly string[] }[];
}
const { folder, result, mutants, tests } = JSON.parse(readFileSync('task.json', 'utf8')) as Task;

/** More turns of loops than any test takes. */
const turnsAtMost = 2_000_000;
/** Milliseconds, for tests that would wait for ever. */
const patience = 5_000;

let active = 0;
let hits = new Set<number>();
let turns = 0;
const world = globalThis as Record<string, unknown>;
world['__m'] = (id: number): boolean => {
  hits.add(id);
  return id === active;
};
world['__t'] = (): void => {
  if (++turns > turnsAtMost) throw new Error('endless');
};
const collected = (): { units: Unit[]; file: string } => world['__collected'] as { units: Unit[]; file: string };

/** @returns false: a test failed */
async function holds({ make }: Unit): Promise<boolean> {
  turns = 0;
  try {
    for (const test of make()) {
      const late = new Promise((_, reject) => setTimeout(() => reject(new Error('late')), patience).unref());
      await Promise.race([Promise.resolve(test()), late]);
    }
    return true;
  } catch {
    return false;
  }
}

/** @returns its units; null: it cannot be run like this, or fails where it is imported */
async function load(file: string): Promise<readonly Unit[] | null> {
  await import('./harness.js');
  Object.assign(collected(), { units: [], file });
  try {
    await import(`${folder}/${file}`);
    return collected().units;
  } catch {
    return null;
  }
}

it('kills mutants', { timeout: 0 }, async () => {
  const units: { readonly unit: Unit; readonly covers: ReadonlySet<number>; readonly milliseconds: number }[] = [];
  const unusable: string[] = [];
  const atImport = new Set<number>();
  for (const { file } of tests) {
    hits = new Set();
    const its = await load(file);
    for (const id of hits) atImport.add(id);
    if (its === null) unusable.push(file);
    for (const unit of its ?? []) {
      hits = new Set();
      const begun = performance.now();
      if (await holds(unit)) units.push({ unit, covers: hits, milliseconds: performance.now() - begun });
      else unusable.push(`${file}: ${unit.name}`);
    }
  }
  // Most mutants are noticed by several tests: the quickest of them answers.
  units.sort((a, b) => a.milliseconds - b.milliseconds);
  const survivors: { readonly id: number; readonly covered: boolean }[] = [];
  for (const { id, file } of mutants) {
    active = id;
    const covering = units.filter(({ covers }) => covers.has(id));
    let killed = false;
    for (const { unit } of covering) if ((killed = !(await holds(unit)))) break;
    // Constants of a module are made but once: it is loaded anew.
    if (!killed && atImport.has(id)) {
      for (const { file: test } of tests.filter(each => each.uses.includes(file))) {
        vi.resetModules();
        const its = await load(test);
        const usable = (its ?? []).filter(each => !unusable.includes(`${test}: ${each.name}`));
        for (const unit of usable) if ((killed = !(await holds(unit)))) break;
        if ((killed ||= its === null && !unusable.includes(test))) break;
      }
    }
    active = 0;
    if (!killed) survivors.push({ id, covered: covering.length > 0 || atImport.has(id) });
  }
  writeFileSync(result, JSON.stringify({ survivors, unusable }));
});
