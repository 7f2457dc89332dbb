import type { Address } from './stacks.mjs';

/** A job queue in the database: jobs are sent and worked on until it is drained, and on another server after that. */
export interface JobQueue {
  readonly sent: ReadonlySet<number>;
  /** Of one that was being sent when its connection was lost. */
  readonly open: ReadonlySet<number>;
  readonly done: ReadonlySet<number>;
  start(at: Address): Promise<void>;
  /** Nothing more is sent; what was is worked on. */
  rest(): Promise<void>;
  /** Nothing is sent and nothing is worked on after it. */
  drain(): Promise<void>;
}

export function jobQueue(): JobQueue;
