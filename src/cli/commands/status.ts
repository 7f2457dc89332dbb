import { setTimeout as pause } from 'node:timers/promises';
import type { Status } from '../../apply/status.js';
import { createLiveArea } from '../../render/live-area.js';
import { renderStatus } from '../../render/status-text.js';
import type { Spec } from '../../spec/spec.js';
import { command, type Context } from '../command.js';
import { durationOption, jsonOption, specPositional } from '../common-options.js';
import { exitCodes } from '../exit-code.js';
import { readSpec } from '../read-spec.js';

/** Lines of a status beside those of its databases, as a rule. */
const linesAround = 8;

export const statusCommand = command({
  name: 'status',
  summary: 'where every database, table and lane is; lag; drift',
  examples: [
    ['pgm status', 'once'],
    ['pgm status --watch', 'again and again, until Ctrl-C'],
    ['pgm status --prometheus', 'metrics, for node_exporter to pick up from a file'],
    ['pgm status --json', 'for a program; with --watch an object a line'],
  ],
  positionals: specPositional,
  options: {
    watch: { type: 'boolean', default: false, describe: 'show it again every --interval' },
    interval: { type: 'string', default: '2s', placeholder: '5s', describe: 'time between two looks' },
    json: jsonOption,
    prometheus: { type: 'boolean', default: false, describe: "as Prometheus' textfile collector reads it" },
  },
  interruption: 'at-once',
  async run(values, context) {
    const interval = durationOption('interval', values.interval);
    const spec = await readSpec(values.spec, context);
    const { readStatus } = await import('../../apply/read-status.js');
    if (values.watch) return watch(spec, { interval, json: values.json }, readStatus, context);
    if (values.prometheus) {
      const { renderMetrics } = await import('../../render/metrics.js');
      const look = { status: await readStatus(spec), error: null, at: new Date().toISOString() };
      context.terminal.out.write(await renderMetrics(spec.name, look));
      return exitCodes.ok;
    }
    const status = await readStatus(spec);
    context.terminal.out.write(
      values.json
        ? `${JSON.stringify(status, null, 2)}\n`
        : renderStatus(status, { palette: context.terminal.out.palette }),
    );
    return exitCodes.ok;
  },
});

async function watch(
  spec: Spec,
  { interval, json }: { readonly interval: number; readonly json: boolean },
  read: (spec: Spec) => Promise<Status>,
  { terminal: { out }, interruption: { signal } }: Context,
): Promise<number> {
  const area = createLiveArea(out);
  const redraw = out.canRedraw && !json;
  while (!out.closed) {
    const status = await read(spec);
    if (redraw)
      area.draw(
        renderStatus(status, { palette: out.palette, databases: Math.max(3, out.rows - linesAround) })
          .trimEnd()
          .split('\n'),
      );
    else out.write(json ? `${JSON.stringify(status)}\n` : `${renderStatus(status, { palette: out.palette })}\n`);
    await pause(interval, undefined, { signal });
  }
  return exitCodes.ok;
}
