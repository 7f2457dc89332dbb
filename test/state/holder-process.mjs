import { createInterface } from 'node:readline';
import { withRunLock } from '../../dist/state/run-lock.js';

// Takes the lock of the spec that is its argument, then does what its stdin says, a word a line, and answers in JSON
// lines.
const { spec, lockTimeout } = JSON.parse(process.argv[2]);
const say = what => process.stdout.write(`${JSON.stringify(what)}\n`);
const words = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const options = {
  command: 'apply',
  lockTimeout,
  signal: new AbortController().signal,
  waiting: (holder, text) => say({ waiting: holder.id, text }),
  notice: notice => say({ notice }),
};

async function work(lock) {
  lock.lost.addEventListener('abort', () => say({ lost: lock.lost.reason.message }));
  say({ locked: lock.id, token: lock.token });
  for (;;) {
    const { value, done } = await words.next();
    if (done || value === 'end') return;
    await lock.check(value).then(
      () => say({ checked: true }),
      ({ message, kind }) => say({ checked: false, error: message, kind }),
    );
  }
}

try {
  await withRunLock(spec, options, work);
  say({ ended: true });
} catch ({ message, kind, hint }) {
  say({ failed: message, kind, hint });
}
process.exit();
