import { expect, it } from 'vitest';
import { workerFailures } from '../../src/inspect/worker-log.js';

it('tells the last error of each worker by the process that wrote it', () => {
  const log = `
2026-01-01 10:00:00.000 UTC [41] LOG:  logical replication apply worker for subscription "one" has started
2026-01-01 10:00:00.001 UTC [42] LOG:  logical replication apply worker for subscription "two" has started
2026-01-01 10:00:00.002 UTC [43] ERROR:  relation "x" does not exist at character 15
2026-01-01 10:00:00.002 UTC [43] STATEMENT:  select * from x
2026-01-01 10:00:00.003 UTC [41] ERROR:  duplicate key value violates unique constraint "t_pkey"
2026-01-01 10:00:00.003 UTC [41] DETAIL:  Key (id)=(7) already exists.
2026-01-01 10:00:00.003 UTC [41] CONTEXT:  processing remote data for replication origin "pg_16395" during message type "INSERT"
2026-01-01 10:00:00.004 UTC [40] LOG:  background worker "logical replication apply worker" (PID 41) exited with exit code 1
2026-01-01 10:00:01.001 UTC [45] LOG:  logical replication apply worker for subscription "four" has started
2026-01-01 10:00:01.002 UTC [45] ERROR:  conflict detected on relation "public.t": conflict=insert_exists
2026-01-01 10:00:01.002 UTC [45] DETAIL:  Key already exists in unique index "t_pkey", modified in transaction 785.
\tKey (id)=(7); existing local row (7, 'here first'); remote row (7, 'collides').
2026-01-01 10:00:01.002 UTC [45] CONTEXT:  processing remote data
2026-01-01 10:00:05.003 UTC [44] LOG:  logical replication apply worker for subscription "three" has started
2026-01-01 10:00:05.004 UTC [44] FATAL:  terminating logical replication worker due to administrator command
2026-01-01 10:00:05.005 UTC [42] ERROR:  could not connect to the publisher: Connection refused`;
  expect([...workerFailures(log)]).toEqual([
    [
      'one',
      'duplicate key value violates unique constraint "t_pkey" Key (id)=(7) already exists. (processing ' +
        'remote data for replication origin "pg_16395" during message type "INSERT")',
    ],
    [
      'four',
      'conflict detected on relation "public.t": conflict=insert_exists Key already exists in unique index ' +
        '"t_pkey", modified in transaction 785. Key (id)=(7). (processing remote data)',
    ],
    ['two', 'could not connect to the publisher: Connection refused'],
  ]);
});
