import type { Context } from '../command.js';
import { command } from '../command.js';
import { applyOptions, durationOption, specPositional } from '../common-options.js';
import { exitCodes } from '../exit-code.js';
import { applyWithGoal } from '../goal-change.js';
import { readSpec } from '../read-spec.js';

export const cutoverCommand = command({
  name: 'cutover',
  summary: 'stop writes on the source, drain, verify, open the target',
  details: [
    'Sets goal: cutover in the spec file, then applies. When anything fails before ' +
      'the switch, the source takes writes again by itself.',
  ],
  examples: [
    ['pgm cutover --rehearse', 'stop writes, drain, let go again; tells how long it took, changes nothing else'],
    ['pgm cutover', 'show the steps, ask, cut over'],
    ['pgm cutover --auto-approve', 'without asking'],
  ],
  positionals: specPositional,
  options: {
    rehearse: { type: 'boolean', default: false, describe: 'measure the write stop, then free the source again' },
    ...applyOptions,
  },
  interruption: 'graceful',
  run: (values, context) =>
    values.rehearse
      ? rehearse(values, context)
      : applyWithGoal('cutover', 'cutover', 'Do you want to cut over to the target?', values, context),
});

async function rehearse(
  values: { readonly spec: string; readonly json: boolean; readonly 'lock-timeout': string },
  context: Context,
): Promise<number> {
  const { terminal, interruption } = context;
  const lockTimeout = durationOption('lock-timeout', values['lock-timeout']);
  const spec = await readSpec(values.spec, context);
  const [{ rehearseCutover }, { showApply }, { renderWriteStop }] = await Promise.all([
    import('../../apply/rehearse-cutover.js'),
    import('../../render/apply-display.js'),
    import('../../render/write-stop.js'),
  ]);
  // In JSON the figures are the one object on stdout; the steps on the way are for people.
  const display = values.json ? null : showApply(terminal.out, { json: false, verbose: false });
  if (display !== null) interruption.speakThrough(display.print);
  try {
    const { write_stop_ms, parts } = await rehearseCutover(spec, { signal: interruption.signal, lockTimeout }, event =>
      display?.report(event),
    );
    display?.close();
    terminal.out.write(
      values.json
        ? `${JSON.stringify({ write_stop_ms, parts })}\n`
        : 'Rehearsal done: writes were stopped ' +
            `for ${terminal.out.palette.bold(renderWriteStop(write_stop_ms, parts))}.\nThe source takes writes ` +
            'as before, nothing else was changed. pgm cutover does it for good.\n',
    );
    return exitCodes.ok;
  } catch (error) {
    display?.fail(error);
    throw error;
  }
}
