// How long writes stand still: `npm run bench:cutover -- [pgbench|tables|databases|pgbouncer|clients] [--runs 20] [--scale 20]
// [--clients 8]`. Two embedded servers on this machine, clients that write without a pause and follow the switch, there
// and back again. Prints the write stop as pgm reports it; from the last commit on the old side to the first that
// anybody can make on the new one; and to the first of the clients that were cut off there. Behind PgBouncer: failed
// transactions, the longest pause of a client at the switch, and the longest transaction of a client apart from that:
// while pgm compares and prepares, and before it does anything; `clients`: beside them clients that connect directly and
// follow the switch hook, and the longest that one of them went without a commit. Counts acknowledged commits that are missing or there
// twice (must be none). Writes bench/results/cutover-SCENARIO.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBouncer } from './cutover/bouncer.mjs';
import { FollowingClients } from './cutover/following.mjs';
import { DirectClients, firstPossibleCommit, Ledger, PooledClients } from './cutover/clients.mjs';
import { fill, lastSwitch, pgm, startServers, writeSpec } from './cutover/cluster.mjs';
import { sql } from './throwaway-servers.mjs';
import { compareWith, inWords, longestPauses, quantile, summary } from './cutover/figures.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '20' },
    scale: { type: 'string', default: '20' },
    clients: { type: 'string', default: '8' },
  },
});
const [scenario = 'pgbench'] = positionals;
/** Milliseconds, at the 95th percentile. */
const limits = { pgbench: 100, tables: 500, databases: 500, pgbouncer: 500, clients: 500 };
/** Milliseconds for a client that connects directly and has to connect again. */
const directLimit = 1500;
const limit = limits[scenario];
if (limit === undefined) throw new Error(`no scenario ${scenario}: ${Object.keys(limits).join(', ')}`);
const runs = Number(values.runs);
const behindBouncer = scenario === 'pgbouncer' || scenario === 'clients';
/** Milliseconds to look at clients without pgm. */
const quiet = 5000;
const scale = scenario === 'pgbench' || behindBouncer ? Number(values.scale) : 1;

const write = text => process.stdout.write(`${text}\n`);
const servers = await startServers();
const [source, target] = servers;
const databases = await fill(source, scenario, scale);
const ledger = new Ledger();
const bouncer = behindBouncer ? await startBouncer(source) : null;
writeSpec(servers, bouncer?.spec);
const clients = bouncer === null ? new DirectClients(servers, ledger) : new PooledClients(bouncer.port, ledger);
const following = scenario === 'clients' ? new FollowingClients(servers, ledger) : null;
const results = [];

/** There or back. The first time of all the side that takes over was never shut, so that anybody may write to it. */
async function change(command, run) {
  const [old, fresh] = command === 'cutover' ? [source, target] : [target, source];
  Object.assign(ledger.of(fresh), { first: 0, last: 0 });
  clients.leaving = old;
  clients.slow = [];
  if (following !== null) following.longest = 0;
  if (behindBouncer) Object.assign(bouncer.paused, { first: 0, last: 0 });
  const ended = new AbortController();
  const polled =
    run === 0 ? Promise.resolve(Number.NaN) : firstPossibleCommit(fresh, databases[0], ledger, ended.signal);
  await pgm(command, '--auto-approve');
  const first = await Promise.race([polled, sleep(1000).then(() => Number.NaN)]);
  ended.abort();
  await polled;
  const { reported, parts } = lastSwitch();
  if (behindBouncer) {
    await sleep(1000);
    const direct = following === null ? {} : { direct: Math.round(following.longest) };
    return { command, run, reported, parts, ...longestPauses(clients.slow, bouncer.paused), ...direct };
  }
  clients.here = fresh;
  for (let tries = 0; tries < 400 && ledger.of(fresh).first === 0; tries++) await sleep(25);
  clients.leaving = null;
  const { last } = ledger.of(old);
  return {
    command,
    run,
    reported,
    parts,
    possible: Math.round(first - last),
    client: Math.round(ledger.of(fresh).first - last),
  };
}

const say = ({ command, run, reported, possible, client, pause, beside, direct, parts }) =>
  write(
    `${command} ${run}: ${reported} ms ` +
      `reported${pause === undefined ? `, ${possible} ms to the first possible commit, ${client} ms for a client that was cut off` : `, longest pause of a client ${pause} ms, its longest transaction apart from that ${beside} ms`}${direct === undefined ? '' : `, longest stall of a direct client ${direct} ms`}; ${JSON.stringify(parts)}`,
  );

clients.start(Number(values.clients), databases, scale);
following?.start(Number(values.clients), databases, scale);
await pgm('apply', '--auto-approve');
if (behindBouncer) {
  clients.slow = [];
  await sleep(quiet);
  write(
    `longest transaction of a client in ${quiet / 1000} s before pgm does anything ` +
      `more: ${Math.max(0, ...clients.slow.map(({ began: from, ended }) => ended - from))} ms`,
  );
}
const began = performance.now();
for (let run = 0; run <= runs; run++) {
  for (const command of ['cutover', 'rollback']) {
    const result = await change(command, run);
    if (run > 0) results.push(result);
    say(result);
  }
}
await clients.stop();
await following?.stop();
const seconds = Math.round((performance.now() - began) / 1000);
const ids = [];
for (const database of databases)
  for (const { id } of await sql(source, database, 'select id::text from history')) ids.push(Number(id));
const rows = compareWith(ledger, ids);

const figures = {};
for (const command of ['cutover', 'rollback']) {
  for (const figure of behindBouncer
    ? ['reported', 'pause', 'beside', ...(following === null ? [] : ['direct'])]
    : ['reported', 'possible', 'client']) {
    const numbers = results.filter(each => each.command === command).map(each => each[figure]);
    figures[`${command} ${figure}`] = summary(
      numbers,
      figure === 'beside' ? undefined : figure === 'direct' ? directLimit : limit,
    );
    write(inWords(`${command}, ${figure}`, figures[`${command} ${figure}`]));
  }
}
const parts = Object.fromEntries(
  ['cutover', 'rollback'].map(command => {
    const ours = results.filter(each => each.command === command);
    return [
      command,
      Object.fromEntries(
        Object.keys(ours[0]?.parts ?? {}).map(part => [
          part,
          quantile(
            ours.map(each => each.parts[part] ?? 0),
            0.5,
          ),
        ]),
      ),
    ];
  }),
);
write(`median of the parts: ${JSON.stringify(parts)}`);
write(
  `${rows.commits} commits in ${seconds} s (${Math.round(rows.commits / seconds)} a second over ` +
    `all): ${rows.missing} missing, ${rows.doubled} doubled, ${rows.foreign} that nobody ` +
    `sent${behindBouncer ? `; ${clients.errors.length} failed transactions` : ''}`,
);
const file = join('bench/results', `cutover-${scenario}.json`);
mkdirSync('bench/results', { recursive: true });
writeFileSync(
  file,
  `${JSON.stringify({ scenario, runs, scale, clients: Number(values.clients), seconds, figures, parts, rows, ...(behindBouncer ? { failed: clients.errors } : {}), results }, null, 2)}\n`,
);
await pgm('destroy', '--auto-approve');
process.exit(rows.missing + rows.doubled + rows.foreign + (clients.errors?.length ?? 0) === 0 ? 0 : 1);
