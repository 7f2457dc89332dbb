import { setTimeout as pause } from 'node:timers/promises';

/** What one client was told of its orders, by number. */
export interface Ledger {
  readonly name: string;
  readonly acknowledged: ReadonlySet<number>;
  /** No answer came, or one that leaves it open. */
  readonly open: ReadonlySet<number>;
  /** SQLSTATEs and codes of what was refused. */
  readonly refused: ReadonlyMap<string, number>;
  /** Milliseconds between two orders that were acknowledged, at most, since it was asked last. */
  stall(): number;
}

export interface RealClient {
  readonly ledger: Ledger;
  stop(): Promise<void>;
}

/** One connection of a client, or a pool. */
export interface Orders {
  /** Writes one order. */
  place(n: number): Promise<void>;
  close(): Promise<void>;
}

/** Refused before it began, or rolled back for certain. */
const certain = /^(42501|25006|55P03|53300|57P03|28000|28P01|3D000|ECONNREFUSED|cannot-connect)$/;

/**
 * Places one order after the other, and connects again after an error, as an application would; an order is never
 * placed twice.
 */
export function placeOrders(name: string, connect: () => Promise<Orders>): RealClient {
  const acknowledged = new Set<number>();
  const open = new Set<number>();
  const refused = new Map<string, number>();
  let stopped = false;
  let last = performance.now();
  let longest = 0;
  const refuse = (error: unknown): string => {
    const code = codeOf(error);
    refused.set(code, (refused.get(code) ?? 0) + 1);
    return code;
  };
  const work = async (): Promise<void> => {
    let orders: Orders | null = null;
    for (let n = 1; !stopped; n++) {
      try {
        orders ??= await connect();
      } catch (error) {
        refuse(error);
        await pause(20);
        continue;
      }
      try {
        await orders.place(n);
        acknowledged.add(n);
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
        await pause(2);
      } catch (error) {
        if (!certain.test(refuse(error))) open.add(n);
        await orders.close().catch(() => undefined);
        orders = null;
        await pause(20);
      }
    }
    await orders?.close().catch(() => undefined);
  };
  const working = work();
  return {
    ledger: {
      name,
      acknowledged,
      open,
      refused,
      stall: () => {
        const stall = Math.round(longest);
        longest = 0;
        return stall;
      },
    },
    stop: async () => {
      stopped = true;
      await working;
    },
  };
}

function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code;
  return error instanceof Error ? error.message : String(error);
}
