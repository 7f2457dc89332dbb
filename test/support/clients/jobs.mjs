import PgBoss from 'pg-boss';
export function jobQueue() {
  const sent = new Set();
  const open = new Set();
  const done = new Set();
  let boss = null;
  let n = 0;
  let sending = Promise.resolve();
  const is = { stopped: true };
  return {
    sent,
    open,
    done,
    start: async at => {
      const queue = new PgBoss({
        ...at,
        user: 'app',
        database: 'shop',
        schedule: false,
        max: 3,
        maintenanceIntervalSeconds: 2,
      });
      queue.on('error', () => undefined);
      await queue.start();
      await queue.createQueue('mail');
      await queue.work('mail', { batchSize: 500, pollingIntervalSeconds: 0.5 }, async jobs => {
        for (const { data } of jobs) done.add(data.n);
      });
      boss = queue;
      is.stopped = false;
      sending = (async () => {
        while (!is.stopped) {
          const job = ++n;
          await queue.send('mail', { n: job }, { expireInSeconds: 5, retryLimit: 10 }).then(
            () => sent.add(job),
            () => open.add(job),
          );
          await new Promise(resolve => setTimeout(resolve, 5));
        }
      })();
    },
    rest: async () => {
      is.stopped = true;
      await sending;
    },
    drain: async () => {
      is.stopped = true;
      await sending;
      await boss?.stop({ graceful: true, wait: true, timeout: 10_000 });
      boss = null;
    },
  };
}
