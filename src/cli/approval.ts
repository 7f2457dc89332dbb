import { createInterface } from 'node:readline/promises';
import { UserError } from '../errors.js';
import type { ReviewedDeed } from '../spec/spec.js';
import type { Context } from './command.js';

/** Ends with exit 3 when nobody can be asked and nothing says yes: before anything is read or connected to. */
export function requireApprovalPossible(
  command: string,
  { autoApprove, json }: { readonly autoApprove: boolean; readonly json: boolean },
): void {
  if (autoApprove) return;
  if (json)
    throw new UserError(`pgm ${command} --json cannot ask for approval`, {
      kind: 'usage',
      code: 'PGM802',
      hint: 'add --auto-approve, or apply a plan saved with pgm plan --out FILE',
    });
  if (!isTerminal()) {
    throw new UserError(`pgm ${command} asks for approval and there is no terminal to ask on`, {
      kind: 'usage',
      code: 'PGM802',
      hint: 'add --auto-approve, or apply a plan saved with pgm plan --out FILE',
    });
  }
}

/** True when there is a user to ask. */
export function isTerminal(): boolean {
  return (process.stdin.isTTY as boolean | undefined) === true;
}

/** Asks; only `yes` is a yes. */
export async function askForYes(question: string, context: Context): Promise<boolean> {
  const { palette } = context.terminal.out;
  const answer = await ask(
    `\n${palette.bold(question)}\n  Only 'yes' will be accepted.\n\n  ${palette.bold('Enter a value:')} `,
    context,
  );
  return answer.trim() === 'yes';
}

/**
 * One line from the terminal; '' at its end (Ctrl-D). An interruption rejects with an AbortError.
 * The question goes to stdout, to stderr where stdout is not a terminal.
 */
export async function ask(question: string, { terminal, interruption }: Context): Promise<string> {
  const sink = terminal.out.isTerminal ? terminal.out : terminal.error;
  sink.write(question);
  // Not readline's own terminal mode: Ctrl-C stays a signal.
  const lines = createInterface({ input: process.stdin, terminal: false });
  const ended = new AbortController();
  lines.once('close', () => {
    ended.abort();
  });
  try {
    return await lines.question('', { signal: AbortSignal.any([interruption.signal, ended.signal]) });
  } catch (error) {
    if (interruption.signal.aborted || !ended.signal.aborted) throw error;
    sink.write('\n');
    return '';
  } finally {
    lines.close();
  }
}

const deedsInWords = {
  destroy: 'drops something',
  switch: 'hands the writes over',
  close: 'ends the migration: no rollback after it',
} as const satisfies Record<ReviewedDeed, string>;

/**
 * @param deeds those that are about to be done and that the spec wants reviewed
 * @param command that approves what was shown; null: only a person at a terminal can
 * @throws UserError (exit 3) when there is one
 */
export function requireNoReview(deeds: readonly ReviewedDeed[], command: string | null): void {
  if (deeds.length === 0) return;
  const words = deeds.map(deed => `${deedsInWords[deed]} (approval.review: ${deed})`);
  throw new UserError(`--auto-approve is not enough: this ${words.join(', ')}`, {
    kind: 'usage',
    code: 'PGM809',
    hint:
      command === null ? 'run it at a terminal, without --auto-approve, and answer yes' : `review it, then: ${command}`,
  });
}
