import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { LocalServer } from './servers.js';

/** Stands between pgm (or the target server) and a server, and makes the network misbehave. */
export interface Proxy {
  readonly port: number;
  /** Connections that are open now. */
  readonly connections: number;
  /** Bytes from the server so far. */
  readonly bytes: number;
  /** Connections so far. */
  readonly opened: number;
  /** Pieces that came from clients so far: on a slow link each is a round trip at most. */
  readonly requests: number;
  /** Resets every open connection; new ones are let through. */
  cut(): void;
  /** Refuses new connections and resets the open ones, until {@link heal}. */
  refuse(): void;
  /** A black hole: what is open and what is opened stays open, and nothing comes through in either direction. */
  stall(): void;
  /** Only what is open now falls into the hole; new connections are fine. */
  stallOpen(): void;
  /** Milliseconds that every piece of data waits, each way. */
  delay(milliseconds: number): void;
  /** Bytes per second, each connection and way; Infinity: no limit. */
  throttle(bytesPerSecond: number): void;
  /** Everything is let through again; what was stalled stays dead. */
  heal(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  stalled: boolean;
}

/** A proxy in front of a server, on a port of its own at 127.0.0.1. */
export async function startProxy(server: LocalServer): Promise<Proxy> {
  const pairs = new Set<Pair>();
  /** Also those whose other end is gone while they are stalled: nobody reads them, so nobody would see them end. */
  const sockets = new Set<Socket>();
  let mode: 'open' | 'refusing' | 'stalled' = 'open';
  let wait = 0;
  let rate = Infinity;
  let bytes = 0;
  let opened = 0;
  let requests = 0;

  const pump = (pair: Pair, from: Socket, to: Socket, counts: boolean): void => {
    from.on('data', (chunk: Buffer) => {
      from.pause();
      void (async () => {
        const time = wait + (rate === Infinity ? 0 : (chunk.length / rate) * 1000);
        if (time > 0) await pause(time);
        // Data that came before the stall is lost with it; the socket stays paused, so the sender's buffers fill.
        if (pair.stalled) return;
        if (counts) bytes += chunk.length;
        else requests++;
        if (to.destroyed || to.write(chunk)) from.resume();
        else to.once('drain', () => from.resume());
      })();
    });
    from.on('end', () => {
      if (!pair.stalled) to.end();
    });
    sockets.add(from);
    from.on('close', () => {
      sockets.delete(from);
      pairs.delete(pair);
      if (!pair.stalled) to.destroy();
    });
    from.on('error', () => {
      if (!pair.stalled) to.resetAndDestroy();
    });
  };

  const listener: Server = createServer({ allowHalfOpen: true, highWaterMark: 16 * 1024 }, client => {
    if (mode === 'refusing') {
      client.resetAndDestroy();
      return;
    }
    opened++;
    const upstream = dial({ host: '127.0.0.1', port: server.port, allowHalfOpen: true });
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    const pair: Pair = { client, server: upstream, stalled: mode === 'stalled' };
    pairs.add(pair);
    pump(pair, client, upstream, false);
    pump(pair, upstream, client, true);
  });
  await new Promise<void>(done => listener.listen(0, '127.0.0.1', done));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
    pairs.clear();
  };
  const stallOpen = (): void => {
    for (const pair of pairs) pair.stalled = true;
  };
  return {
    port: address.port,
    get connections() {
      return pairs.size;
    },
    get bytes() {
      return bytes;
    },
    get opened() {
      return opened;
    },
    get requests() {
      return requests;
    },
    cut: reset,
    refuse() {
      mode = 'refusing';
      reset();
    },
    stall() {
      mode = 'stalled';
      stallOpen();
    },
    stallOpen,
    delay(milliseconds) {
      wait = milliseconds;
    },
    throttle(bytesPerSecond) {
      rate = bytesPerSecond;
    },
    heal() {
      mode = 'open';
      wait = 0;
      rate = Infinity;
    },
    async close() {
      reset();
      await new Promise(done => listener.close(done));
    },
  };
}
