import type { History, Lockfile } from './lockfile.js';
import type { Transition } from './transitions.js';

const most = { findings: 200, notes: 100, namesLeftOut: 20, runs: 20, samples: 60 } as const;
export const namesLeftOutAtMost: number = most.namesLeftOut;

const nothing: History = { databases: {}, left_out: [], findings: [], notes: [], lag: [] };

/** What there is to move, replaced as a whole. */
export function recordInventory(inventory: Pick<History, 'databases' | 'left_out' | 'findings'>): Transition {
  return withHistory(history => ({ ...history, ...inventory, findings: inventory.findings.slice(0, most.findings) }));
}

/** Collects what one run says and measures, until the next write of the lockfile takes it along. */
export class RunHistory {
  readonly #began: number;
  readonly #notes: { at: string; message: string }[] = [];
  #samples: { seconds: number; bytes: number }[] = [];

  constructor(private readonly clock: () => number = Date.now) {
    this.#began = clock();
  }

  note(message: string): void {
    if (this.#notes.length < most.notes && !this.#notes.some(note => note.message === message))
      this.#notes.push({ at: new Date(this.clock()).toISOString(), message });
  }

  /** @param bytes behind, over all lanes */
  sampleLag(bytes: number): void {
    this.#samples.push({ seconds: Math.round((this.clock() - this.#began) / 1000), bytes });
    // Every second one goes, so that a long run is told in as many words as a short one; the highest of each pair
    // stays.
    if (this.#samples.length > most.samples)
      this.#samples = pairs(this.#samples).map(([a, b]) => (b !== undefined && b.bytes > a.bytes ? b : a));
  }

  /** The lockfile with what was collected so far; the same however often it is applied. */
  readonly keep: Transition = lockfile => {
    if (this.#notes.length === 0 && this.#samples.length === 0) return lockfile;
    return withHistory(history => ({ ...history, notes: this.#mergedNotes(history), lag: this.#mergedLag(history) }))(
      lockfile,
    );
  };

  #mergedNotes({ notes }: History): History['notes'] {
    const known = new Set(notes.map(({ message }) => message));
    return [...notes, ...this.#notes.filter(({ message }) => !known.has(message))].slice(-most.notes);
  }

  #mergedLag({ lag }: History): History['lag'] {
    const began = new Date(this.#began).toISOString();
    const others = lag.filter(run => run.began !== began);
    if (this.#samples.length === 0) return others;
    return [
      ...others,
      { began, samples: this.#samples.map(({ seconds, bytes }) => `${seconds}:${bytes}`).join(' ') },
    ].slice(-most.runs);
  }
}

/** Samples of all runs in the order of time. */
export function lagSamples({ lag }: Pick<History, 'lag'>): readonly { readonly at: string; readonly bytes: number }[] {
  return lag.flatMap(({ began, samples }) =>
    samples
      .split(' ')
      .filter(text => text !== '')
      .map(text => {
        const [seconds, bytes] = text.split(':').map(Number);
        return { at: new Date(Date.parse(began) + (seconds ?? 0) * 1000).toISOString(), bytes: bytes ?? 0 };
      }),
  );
}

/** An empty one where the lockfile was written before there was any. */
export function historyOf(lockfile: Lockfile): History {
  return { ...nothing, ...lockfile.history };
}

function withHistory(change: (history: History) => History): Transition {
  return lockfile => Object.freeze({ ...lockfile, history: change(historyOf(lockfile)) });
}

function pairs<T>(list: readonly T[]): (readonly [T, T | undefined])[] {
  return list.flatMap((item, index) => (index % 2 === 0 ? [[item, list[index + 1]] as const] : []));
}
