import type { ApplyEvent } from '../apply/events.js';
import type { Plan } from '../plan/plan.js';
import { teardownCommand, type TeardownWish } from '../plan/teardown.js';
import type { Spec } from '../spec/spec.js';
import { askForYes, requireNoReview } from './approval.js';
import type { Context } from './command.js';
import { durationOption } from './common-options.js';
import { exitCodes } from './exit-code.js';
import type { Palette } from '../render/palette.js';
import { showReading } from '../render/reading-notice.js';
import { specArgument } from './read-spec.js';
import { endOfFailed } from './run-apply.js';

export interface TeardownRequest {
  readonly spec: Spec;
  /** The spec as the user named it. */
  readonly specPath: string;
  readonly wish: TeardownWish;
  readonly savedPlan?: Plan;
}

export interface TeardownValues {
  readonly 'auto-approve': boolean;
  readonly 'lock-timeout': string;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Plans, asks, takes down and tells: for `stop`, `destroy`, `--gone`, and a saved plan of theirs. */
export async function runTeardown(request: TeardownRequest, values: TeardownValues, context: Context): Promise<number> {
  const { spec, specPath, wish, savedPlan } = request;
  const { out } = context.terminal;
  const lockTimeout = durationOption('lock-timeout', values['lock-timeout']);
  const [{ teardownMigration }, { showApply }] = await Promise.all([
    import('../apply/teardown-migration.js'),
    import('../render/apply-display.js'),
  ]);
  const { json, verbose } = values;
  const display = showApply(out, { json, verbose, reviewed: savedPlan !== undefined });
  if (!json) context.interruption.speakThrough(display.print);
  const doneReading = json ? () => undefined : showReading(out);
  const approve = async (plan: Plan): Promise<boolean> => {
    doneReading();
    display.showPlan(plan);
    if (wish.command === 'stop') return true;
    if (!values['auto-approve']) return askForYes(question(wish), context);
    if (wish.command === 'destroy' && wish.gone === null && spec.approval.review.includes('destroy'))
      requireNoReview(['destroy'], `pgm plan${specArgument(specPath)} --destroy --out FILE, then pgm apply FILE`);
    return true;
  };
  const report = (event: ApplyEvent): void => {
    doneReading();
    display.report(event);
  };
  const { signal } = context.interruption;
  try {
    const { result } = await teardownMigration(
      spec,
      { wish, approve, lockTimeout, signal, ...(savedPlan === undefined ? {} : { savedPlan }) },
      report,
    );
    doneReading();
    display.close();
    if (!json && result === 'done') out.print(lastWords(request, display.plan(), out.palette));
    return exitCodes.ok;
  } catch (error) {
    doneReading();
    display.fail(error);
    if (json && display.summary() === null)
      display.report(await endOfFailed(error, { spec, goal: undefined }, display.plan(), context));
    if (!json && display.summary() !== null)
      out.print(`What is done stays done: ${teardownCommand(wish)} goes on with the rest.\n`);
    throw error;
  }
}

function question({ gone }: TeardownWish): string {
  return gone === null
    ? 'Do you really want to destroy what pgm made?'
    : `The ${gone} is gone for good. Do you want to free the other server?`;
}

function lastWords({ spec, specPath, wish }: TeardownRequest, plan: Plan | null, { green }: Palette): string {
  if (wish.gone !== null)
    return `${green.bold('Freed.')} Nothing of ${spec.name} holds the ${wish.gone === 'source' ? 'target' : 'source'} any more.\n`;
  if (wish.command === 'stop')
    return (
      `${green.bold('Stopped.')} The data that is on the target stays. ` +
      `To go on: pgm apply${specArgument(specPath)}\n`
    );
  const left = (plan?.teardown?.stays.length ?? 0) > 0;
  return (
    `${green.bold('Destroy complete!')} ` +
    `${left ? `What is left of ${spec.name} is listed above, with its SQL` : `Nothing of ${spec.name} is left but the migrated data`}.\n`
  );
}
