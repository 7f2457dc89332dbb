import { readFileSync } from 'node:fs';
import type { ApplyEvent } from '../apply/events.js';
import { UserError } from '../errors.js';
import type { Goal } from '../spec/spec.js';
import { requireApprovalPossible } from './approval.js';
import { replaceFile } from '../state/durable-file.js';
import type { Context } from './command.js';
import { readSpec } from './read-spec.js';
import { runApply, type ApplyValues } from './run-apply.js';

/**
 * Sets the goal in the spec file, that one value, then applies. When it ends before a step has begun
 * (declined, blocked, locked …), the file is put back as it was. Gives the exit code.
 */
export async function applyWithGoal(
  command: string,
  goal: Goal,
  question: string,
  values: ApplyValues & { readonly spec: string },
  context: Context,
): Promise<number> {
  requireApprovalPossible(command, {
    autoApprove: values['auto-approve'] || values.approve !== undefined,
    json: values.json,
  });
  const [{ setGoal }, { loadSpec }] = await Promise.all([
    import('../spec/set-goal.js'),
    import('../spec/load-spec.js'),
  ]);
  const path = values.spec;
  await readSpec(path, context); // all its mistakes are shown before it is touched
  const before = readFileSync(path, 'utf8');
  const after = setGoal(before, goal);
  const notes = values.json ? context.terminal.error : context.terminal.out;
  if (after !== before) {
    await write(path, after);
    notes.write(`${path}: goal is now ${goal}\n\n`);
  }
  const begun = new Set<string>();
  const watch = (event: ApplyEvent): void => {
    if (event.type === 'step_start') begun.add(event.step);
  };
  try {
    const { spec } = loadSpec(path);
    return await runApply(
      { spec, specPath: path, goal: undefined, savedPlan: undefined, question },
      values,
      context,
      watch,
    );
  } catch (error) {
    if (begun.size === 0 && after !== before && readFileSync(path, 'utf8') === after) {
      await write(path, before);
      notes.write(`${path}: the goal is restored, nothing was done\n`);
    }
    throw error;
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await replaceFile(path, text);
  } catch (error) {
    throw new UserError(
      `the goal cannot be written to ${path}: ${error instanceof Error ? error.message : String(error)}`,
      { kind: 'usage', code: 'PGM822', hint: 'set goal in the spec by hand and run pgm apply', cause: error },
    );
  }
}
