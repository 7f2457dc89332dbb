import type { Progress } from '../progress.js';
import { createLiveArea } from './live-area.js';
import { heartbeatLine, liveLine, redrawEvery, heartbeatEvery } from './progress.js';
import type { Sink } from './terminal.js';

export interface SingleProgress {
  update(progress: Progress): void;
  /** May be called twice. */
  close(): void;
}

/** Shows how far one long job is: a live line on a terminal, elsewhere a line every ten seconds. */
export function showSingleProgress(sink: Sink, name: string): SingleProgress {
  const area = createLiveArea(sink);
  const startedAt = Date.now();
  let progress: Progress | null = null;
  const show = (): void => {
    const step = { id: name, title: 'running', startedAt, progress };
    if (sink.canRedraw) area.draw([liveLine(step, sink.columns - 1, Date.now())]);
    else sink.write(`${heartbeatLine(step, Date.now())}\n`);
  };
  if (sink.canRedraw) show();
  const timer = setInterval(show, sink.canRedraw ? redrawEvery : heartbeatEvery);
  timer.unref();
  return {
    update: next => {
      progress = next;
    },
    close() {
      clearInterval(timer);
      area.clear();
    },
  };
}
