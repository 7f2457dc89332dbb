import { setTimeout as pause } from 'node:timers/promises';
import type { Status } from '../../apply/status.js';
import { createLiveArea } from '../../render/live-area.js';
import { whileReading } from '../../render/reading-notice.js';
import { renderStatus } from '../../render/status-text.js';
import { displayWidth, truncate, withoutColour } from '../../render/table.js';
import type { Sink } from '../../render/terminal.js';
import { lookAt, watchLines, type Look } from '../../render/watch-view.js';
import { wrapProse } from '../../render/wrap.js';
import type { Spec } from '../../spec/spec.js';
import { command, type Context } from '../command.js';
import { durationOption, jsonOption, specPositional } from '../common-options.js';
import { exitCodes } from '../exit-code.js';
import { readSpec } from '../read-spec.js';

/** Lines of a status beside those of its databases, as a rule. */
const linesAround = 8;
/** Looks that are kept for the rate and the line of the lag. */
const keptLooks = 200;

export const statusCommand = command({
  name: 'status',
  summary: 'where every database, table and lane is; lag; drift',
  examples: [
    ['pgm status', 'once'],
    ['pgm status --watch', 'refreshed until Ctrl-C'],
    ['pgm status --prometheus', 'metrics, for node_exporter to pick up from a file'],
    ['pgm status --json', 'for a program; with --watch an object a line'],
  ],
  positionals: specPositional,
  options: {
    watch: { type: 'boolean', default: false, describe: 'show it again every --interval' },
    interval: { type: 'string', default: '2s', placeholder: '5s', describe: 'time between two reads of the servers' },
    json: jsonOption,
    prometheus: { type: 'boolean', default: false, describe: "as Prometheus' textfile collector reads it" },
  },
  interruption: 'at-once',
  async run(values, context) {
    const interval = durationOption('interval', values.interval);
    const spec = await readSpec(values.spec, context);
    const { readStatus: read, statusWithoutServers } = await import('../../apply/read-status.js');
    // A program waits for an object, also when there is little to tell; the error goes its usual way as well.
    const readStatus = async (of: Spec): Promise<Status> =>
      read(of).catch(async (error: unknown) => {
        if (values.json) context.terminal.out.write(oneObject(await statusWithoutServers(of, error), values.watch));
        throw error;
      });
    if (values.watch) return watch(spec, { interval, json: values.json }, readStatus, context);
    if (values.prometheus) {
      const { renderMetrics } = await import('../../render/metrics.js');
      const look = { status: await readStatus(spec), error: null, at: new Date().toISOString() };
      context.terminal.out.write(await renderMetrics(spec.name, look));
      return exitCodes.ok;
    }
    const { out, error } = context.terminal;
    const status = await whileReading(error, () => readStatus(spec));
    if (values.json) out.write(oneObject(status, false));
    else out.print(renderStatus(status, { palette: out.palette }));
    return exitCodes.ok;
  },
});

function oneObject(status: Status, inOneLine: boolean): string {
  return `${JSON.stringify(status, null, inOneLine ? 0 : 2)}\n`;
}

/** A screen of a watched status; none of its lines is wider than the terminal, so that it is drawn over as it was. */
function view(status: Status, looks: readonly Look[], out: Sink): string[] {
  const columns = out.columns - 1;
  const more = watchLines(status, looks, out.palette, columns);
  const databases = Math.max(3, out.rows - linesAround - more.length);
  const text = wrapProse(renderStatus(status, { palette: out.palette, databases }).trimEnd(), columns);
  return [...text.split('\n'), ...(more.length === 0 ? [] : ['', ...more])]
    .map(line => (displayWidth(line) > columns ? truncate(withoutColour(line), columns) : line))
    .slice(0, Math.max(3, out.rows - 1));
}

async function watch(
  spec: Spec,
  { interval, json }: { readonly interval: number; readonly json: boolean },
  read: (spec: Spec) => Promise<Status>,
  { terminal: { out }, interruption: { signal } }: Context,
): Promise<number> {
  const area = createLiveArea(out);
  const redraw = out.canRedraw && !json;
  const looks: Look[] = [];
  const began = performance.now();
  while (!out.closed) {
    const status = await (looks.length === 0 && redraw ? whileReading(out, () => read(spec)) : read(spec));
    looks.push(lookAt(status, (performance.now() - began) / 1000));
    if (looks.length > keptLooks) looks.shift();
    if (redraw) area.draw(view(status, looks, out));
    else out.write(json ? oneObject(status, true) : `${renderStatus(status, { palette: out.palette })}\n`);
    await pause(interval, undefined, { signal });
  }
  return exitCodes.ok;
}
