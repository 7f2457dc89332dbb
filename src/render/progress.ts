import type { ApplyEvent } from '../apply/events.js';
import { renderEvent } from './event-text.js';
import { createLiveArea } from './live-area.js';
import { progressBar, progressFigures } from './progress-figures.js';
import { oneLine } from './printable.js';
import { formatElapsed } from '../quantities.js';
import { createStepBoard, type RunningStep, type StepBoard } from './step-board.js';
import { truncate } from './table.js';
import type { Sink } from './terminal.js';

/** Shows an apply while it works. `close` ends it: nothing is drawn or written after. */
export interface ProgressDisplay {
  report(event: ApplyEvent): void;
  /** Text that stays, besides the events' own. */
  print(text: string): void;
  close(): void;
}

/** Milliseconds. */
export const redrawEvery = 100;
export const heartbeatEvery = 10_000;
/** Live lines at most; more running steps are counted. */
const liveLines = 12;

/** Live lines on a terminal; elsewhere a line at each start and end, and the figures every ten seconds. */
export function showProgress(sink: Sink): ProgressDisplay {
  return sink.canRedraw ? liveProgress(sink) : plainProgress(sink);
}

function liveProgress(sink: Sink): ProgressDisplay {
  const board = createStepBoard();
  const area = createLiveArea(sink);
  const live = (): string[] => liveText(board, sink.columns - 1, Date.now());
  const timer = setInterval(() => {
    area.draw(live());
  }, redrawEvery);
  timer.unref();
  return {
    report(event) {
      board.note(event);
      const text = renderEvent(event, sink.palette, { titleOf: board.titleOf, started: false });
      if (text !== '') area.print(text, live());
    },
    print: text => {
      area.print(text);
    },
    close() {
      clearInterval(timer);
      area.clear();
    },
  };
}

function plainProgress(sink: Sink): ProgressDisplay {
  const board = createStepBoard();
  const timer = setInterval(() => {
    for (const step of board.running()) sink.write(`${heartbeatLine(step, Date.now())}\n`);
  }, heartbeatEvery);
  timer.unref();
  return {
    report(event) {
      board.note(event);
      sink.write(renderEvent(event, sink.palette, { titleOf: board.titleOf, started: true }));
    },
    print: text => {
      sink.write(text);
    },
    close: () => {
      clearInterval(timer);
    },
  };
}

/** One line per running step, none wider than `columns`, then how many steps are done. */
export function liveText(board: StepBoard, columns: number, now: number): string[] {
  const running = board.running();
  const shown = running.slice(0, liveLines);
  const { done, total } = board.count();
  const counts = [
    ...(total === null ? [] : [`${done} of ${total} steps done`]),
    ...(running.length > shown.length ? [`${running.length - shown.length} more running`] : []),
  ];
  return [
    ...shown.map(step => liveLine(step, columns, now)),
    ...(counts.length === 0 ? [] : [truncate(counts.join(', '), columns)]),
  ];
}

/** The line of one running step, fitted to `columns`: the bar narrows, then goes; figures are cut last. */
export function liveLine(step: RunningStep, columns: number, now: number): string {
  const progress = step.progress ?? {};
  const figures = progressFigures(progress);
  const rest = [...(figures.length === 0 ? [oneLine(step.title)] : figures), formatElapsed(now - step.startedAt)].join(
    '  ',
  );
  const name = oneLine(step.id);
  const room = columns - name.length - rest.length - 8;
  const bar = room >= 8 ? progressBar(progress, Math.min(24, room)) : null;
  return truncate(oneLine(`  ${name}  ${bar === null ? '' : `${bar}  `}${rest}`), columns);
}

/** The line that says that a step is still at work, and how far it is. */
export function heartbeatLine(step: RunningStep, now: number): string {
  const figures = progressFigures(step.progress ?? {});
  return oneLine(
    `${step.id}: ${figures.length === 0 ? 'running' : figures.join(', ')} [${formatElapsed(now - step.startedAt)}]`,
  );
}
