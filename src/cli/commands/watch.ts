import type { Look } from '../../apply/watch-events.js';
import { command } from '../command.js';
import { durationOption, jsonOption, specPositional } from '../common-options.js';
import { exitCodes } from '../exit-code.js';
import { serveMetrics } from '../metrics-server.js';
import { notify } from '../notify.js';
import { readSpec } from '../read-spec.js';

export const watchCommand = command({
  name: 'watch',
  summary: 'watch the migration for as long as it runs: metrics, notifications, drift',
  details: [
    'Writes nothing to either server, but with schema_changes: follow, which lets it do on the target what ' +
      'changed on the source. A server that does not answer is reported, and tried again.',
    'Metrics are served on a loopback address: /metrics for Prometheus, /healthz for a supervisor.',
  ],
  examples: [
    ['pgm watch', 'report what changes, until Ctrl-C'],
    ['pgm watch --listen 127.0.0.1:9187', 'metrics for Prometheus'],
    ['pgm watch --notify ./page-me.sh', 'run a program with each event as JSON on its stdin'],
    ['pgm watch --json', 'events as NDJSON'],
  ],
  positionals: specPositional,
  options: {
    interval: { type: 'string', default: '15s', placeholder: '15s', describe: 'time between two reads of the servers' },
    listen: { type: 'string', placeholder: '127.0.0.1:9187', describe: 'serve metrics there; loopback only' },
    notify: { type: 'string', array: true, placeholder: 'PROGRAM', describe: 'run for each event; may be repeated' },
    json: jsonOption,
  },
  interruption: 'graceful',
  async run(values, context) {
    const {
      terminal: { out, error },
      interruption,
    } = context;
    const interval = durationOption('interval', values.interval);
    const spec = await readSpec(values.spec, context);
    const [{ watchMigration }, { renderMetrics }, { renderWatchEvent }] = await Promise.all([
      import('../../apply/watch-migration.js'),
      import('../../render/metrics.js'),
      import('../../render/watch-text.js'),
    ]);
    let last: Look | null = null;
    const page =
      values.listen === undefined
        ? null
        : await serveMetrics(values.listen, {
            metrics: async () => (last === null ? null : renderMetrics(spec.name, last)),
            healthy: () => last?.status !== null && last !== null,
          });
    if (page !== null) error.write(`Metrics: ${page.url}/metrics\n`);
    try {
      await watchMigration(spec, {
        interval,
        signal: interruption.signal,
        seen: async (look, events) => {
          last = look;
          for (const event of events) {
            out.write(values.json ? `${JSON.stringify(event)}\n` : renderWatchEvent(event, out.palette));
            for (const program of values.notify ?? []) {
              const failure = await notify(program, event);
              if (failure !== null) error.write(`${error.palette.yellow('!')} notification: ${failure}\n`);
            }
          }
        },
      });
    } finally {
      page?.server.closeAllConnections();
      page?.server.close();
    }
    return interruption.exitCode() ?? exitCodes.ok;
  },
});
