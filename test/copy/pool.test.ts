import { describe, expect, it } from 'vitest';
import { WorkerPool, type Session, type Work } from '../../src/copy/pool.js';

const session: Session = { isLost: false, close: () => Promise.resolve(), destroy: () => undefined };
const heavy = 1024 ** 3;
const light = 1024;

/** Work that runs until it is let go. */
interface Works {
  readonly running: ReadonlySet<string>;
  readonly work: (name: string, weight: number) => Work<Session>;
  readonly end: (name: string) => void;
}

function works(): Works {
  const running = new Set<string>();
  const ends = new Map<string, () => void>();
  return {
    running,
    work: (name, weight) => ({
      key: 'app',
      weight,
      open: () => Promise.resolve(session),
      run: () =>
        new Promise<void>(resolve => {
          running.add(name);
          ends.set(name, () => {
            running.delete(name);
            resolve();
          });
        }),
    }),
    end: name => ends.get(name)?.(),
  };
}

const moment = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe('a pool of workers', () => {
  it('takes light work on more sessions, while nothing heavy is there', async () => {
    const pool = new WorkerPool(1, new AbortController().signal, 2);
    const { running, work, end } = works();
    const done = ['a', 'b', 'c', 'd'].map(name => pool.submit(work(name, light)));
    await moment();
    expect([...running]).toEqual(['a', 'b', 'c']);
    const last = pool.submit(work('heavy', heavy));
    end('b');
    await done[1];
    await moment();
    // The additional worker has gone, and the work goes to one of the pool's own.
    expect([...running]).toEqual(['a', 'c']);
    end('a');
    await moment();
    expect([...running]).toEqual(['c', 'heavy']);
    end('c');
    await moment();
    expect([...running]).toEqual(['heavy']);
    end('heavy');
    await moment();
    expect([...running]).toEqual(['d']);
    end('d');
    await Promise.all([...done, last]);
  });

  it('has no more workers than it was given where light work is not told apart', async () => {
    const pool = new WorkerPool(1, new AbortController().signal);
    const { running, work, end } = works();
    const done = ['a', 'b'].map(name => pool.submit(work(name, light)));
    await moment();
    expect([...running]).toEqual(['a']);
    end('a');
    await moment();
    expect([...running]).toEqual(['b']);
    end('b');
    await Promise.all(done);
  });

  it('keeps a session for a moment, for what comes next in its database', async () => {
    const log: string[] = [];
    const pool = new WorkerPool(1, new AbortController().signal);
    const quick = (key: string): Work<Session> => ({
      key,
      weight: light,
      open: () => {
        log.push(`open ${key}`);
        return Promise.resolve({ ...session, close: () => Promise.resolve(void log.push(`close ${key}`)) });
      },
      run: () => Promise.resolve(void log.push(`run ${key}`)),
    });
    await pool.submit(quick('a'));
    await moment();
    await pool.submit(quick('a'));
    await moment();
    // Its only worker has a session of another database.
    await pool.submit(quick('b'));
    expect(log).toEqual(['open a', 'run a', 'run a', 'close a', 'open b', 'run b']);
    await moment();
    pool.close();
    await moment();
    expect(log.at(-1)).toBe('close b');
    await pool.submit(quick('b'));
    expect(log.slice(7)).toEqual(['open b', 'run b']);
    pool.close();
  });

  it('holds no session for long when there is nothing to do', async () => {
    let isClosed = false;
    const pool = new WorkerPool(1, new AbortController().signal);
    const open = (): Promise<Session> =>
      Promise.resolve({ ...session, close: () => Promise.resolve(void (isClosed = true)) });
    await pool.submit({ key: 'a', weight: light, open, run: () => Promise.resolve() });
    await moment();
    expect(isClosed).toBe(false);
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(isClosed).toBe(true);
  });
});
