import { describe, expect, it } from 'vitest';
import { Schedule, type Scheduled } from '../../src/apply/schedule.js';

function step(
  id: string,
  dependsOn: readonly string[] = [],
  database: string | undefined = id.includes('/') ? id.split('/')[0] : undefined,
): Scheduled {
  return { id, dependsOn, description: database === undefined ? {} : { database } };
}

const ids = (steps: readonly Scheduled[]): readonly string[] => steps.map(({ id }) => id);

describe('a schedule', () => {
  it('begins what depends on nothing that is left, in the order of the steps', () => {
    const schedule = new Schedule(
      [step('settings'), step('a/schema', ['settings', 'gone']), step('a/copy', ['a/schema']), step('roles')],
      2,
    );
    expect(ids(schedule.begin())).toEqual(['settings', 'roles']);
    expect(schedule.begin()).toEqual([]);
    schedule.end('roles', true);
    expect(schedule.begin()).toEqual([]);
    schedule.end('settings', true);
    expect(ids(schedule.begin())).toEqual(['a/schema']);
    expect(ids(schedule.waiting)).toEqual(['a/copy']);
    schedule.end('a/schema', true);
    expect(ids(schedule.begin())).toEqual(['a/copy']);
    expect(schedule.waiting).toEqual([]);
  });

  it('begins nothing that depends on what failed', () => {
    const schedule = new Schedule([step('a'), step('b', ['a']), step('c')], 1);
    schedule.begin();
    schedule.end('a', false);
    schedule.end('c', true);
    expect(schedule.begin()).toEqual([]);
    expect(ids(schedule.waiting)).toEqual(['b']);
  });

  it('finishes databases that are at work before it begins others', () => {
    const databases = ['a', 'b', 'c'];
    const schedule = new Schedule(
      databases.flatMap(name => [step(`${name}/schema`), step(`${name}/copy`, [`${name}/schema`])]),
      2,
    );
    expect(ids(schedule.begin())).toEqual(['a/schema', 'b/schema']);
    schedule.end('b/schema', true);
    expect(ids(schedule.begin())).toEqual(['b/copy']);
    schedule.end('b/copy', true);
    expect(ids(schedule.begin())).toEqual(['c/schema']);
    schedule.end('a/schema', true);
    expect(ids(schedule.begin())).toEqual(['a/copy']);
  });

  it(
    'counts no database as at work that waits for others, if only through a ' +
      'step of all, and runs no more at a time than else',
    () => {
      const all = ['a', 'b', 'c'];
      const copies = all.map(name => step(`${name}/copy`));
      const drops = all.map(name => step(`${name}/drop`, ['cutover']));
      const schedule = new Schedule([...copies, step('cutover', ids(copies)), ...drops], 1);
      for (const { id } of copies) {
        expect(ids(schedule.begin())).toEqual([id]);
        schedule.end(id, true);
      }
      expect(ids(schedule.begin())).toEqual(['cutover']);
      schedule.end('cutover', true);
      for (const { id } of drops) {
        expect(ids(schedule.begin())).toEqual([id]);
        schedule.end(id, true);
      }
      expect(schedule.waiting).toEqual([]);
    },
  );

  it('goes on with a database of which a late step was the first', () => {
    const schedule = new Schedule(
      [
        step('c/copy'),
        step('a/copy', ['c/copy']),
        step('a/late', ['c/copy', 'a/copy']),
        step('b/late', ['c/copy']),
        step('d/copy', ['x']),
        step('b/copy', ['x']),
        step('x', ['c/copy'], undefined),
      ],
      1,
    );
    const order: string[] = [];
    for (
      let running = [...schedule.begin()];
      running.length > 0;
      running = [...running.slice(1), ...schedule.begin()]
    ) {
      order.push(running[0]?.id ?? '');
      schedule.end(running[0]?.id ?? '', true);
    }
    expect(new Set(order)).toEqual(new Set(['c/copy', 'x', 'a/copy', 'a/late', 'b/late', 'd/copy', 'b/copy']));
    expect(schedule.waiting).toEqual([]);
  });

  it('begins every step, however databases wait for each other', () => {
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 300; round++) {
      const steps: Scheduled[] = [];
      for (let number = 0; number < 25; number++) {
        const id = random(5) === 0 ? `${number}` : `db${random(6)}/${number}`;
        steps.push(
          step(
            id,
            steps.filter(() => random(6) === 0).map(before => before.id),
          ),
        );
      }
      const atATime = 1 + random(3);
      const schedule = new Schedule(steps, atATime);
      const done = new Set<string>();
      for (let running = [...schedule.begin()]; running.length > 0; running.push(...schedule.begin())) {
        expect(new Set(running.flatMap(({ description: { database } }) => database ?? [])).size).toBeLessThanOrEqual(
          atATime,
        );
        const [next] = running.splice(random(running.length), 1);
        expect(next?.dependsOn.every(id => done.has(id))).toBe(true);
        done.add(next?.id ?? '');
        schedule.end(next?.id ?? '', true);
      }
      expect(schedule.waiting).toEqual([]);
    }
  });

  it('waits for a step that stands behind', () => {
    const schedule = new Schedule([step('a/copy', ['a/schema']), step('a/schema')], 1);
    expect(ids(schedule.begin())).toEqual(['a/schema']);
  });

  it('of a thousand databases is as much work a step as one of ten', () => {
    const kinds = Array.from({ length: 14 }, (_, number) => `step-${number}`);
    const looksOf = (databases: number): number => {
      let looks = 0;
      const names = Array.from({ length: databases }, (_, number) => `db_${number}`);
      const steps = names.flatMap(name =>
        kinds.map((kind, number) =>
          step(`${name}/${kind}`, number === 0 ? [] : [`${name}/${kinds[number - 1] ?? ''}`]),
        ),
      );
      for (const each of steps) {
        const { dependsOn } = each;
        Object.defineProperty(each, 'dependsOn', { get: () => (looks++, dependsOn) });
      }
      const schedule = new Schedule(steps, 4);
      const running = [...schedule.begin()];
      let count = 0;
      for (let next = running.shift(); next !== undefined; next = running.shift()) {
        schedule.end(next.id, true);
        running.push(...schedule.begin());
        count++;
      }
      expect(count).toBe(databases * kinds.length);
      return looks / count;
    };
    // Looking at every step for each would make it a hundred times as much, or ten thousand.
    expect(looksOf(1000)).toBeLessThan(2 * looksOf(10));
  });
});
