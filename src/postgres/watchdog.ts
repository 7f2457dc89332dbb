import { errorCode } from './errors.js';

/** What the watchdog sees of a session. */
export interface Watched {
  /** A statement is being waited for. */
  readonly isBusy: boolean;
  /** Which way a COPY goes, null outside of one. */
  readonly copying: 'in' | 'out' | null;
  /** Grows with every byte that came or went. */
  readonly traffic: number;
  /** Bytes that wait to be sent. */
  readonly unsent: number;
  /** We do not read at the moment, since what was read cannot be handed on. */
  readonly isPaused: boolean;
  /** Ends the session: whoever waits for it gets this error. */
  giveUp(error: Error): void;
}

export interface ServerSideState {
  readonly state: string | null;
  readonly waitEvent: string | null;
}

/** Milliseconds. A network that swallows packets says nothing; the system's own patience is a quarter of an hour. */
const every = 2_500;
const silence = 10_000;
/** An answer may be on its way while we ask: only the same finding in a row counts. */
const strikesToGiveUp = 2;

/**
 * Asks the server, through another session, what it is doing for this one; null: it does not know this one any more.
 * With `end` it is to stop doing that.
 */
export type Ask = (end: boolean) => Promise<ServerSideState | null>;

interface Watch {
  readonly ask: Ask;
  traffic: number;
  since: number;
  strikes: number;
  asking: boolean;
}

const watches = new Map<Watched, Watch>();
let timer: NodeJS.Timeout | undefined;

/**
 * Watches a session until {@link unwatch}: when its peer is gone without a word, its statement fails instead of waiting
 * for ever.
 */
export function watch(session: Watched, ask: Ask): void {
  watches.set(session, { ask, traffic: session.traffic, since: performance.now(), strikes: 0, asking: false });
  timer ??= setInterval(look, every).unref();
}

export function unwatch(session: Watched): void {
  watches.delete(session);
  if (watches.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

function look(): void {
  for (const [session, watch] of watches) {
    const { traffic } = session;
    if (!session.isBusy || traffic !== watch.traffic) {
      Object.assign(watch, { traffic, since: performance.now(), strikes: 0 });
      continue;
    }
    if (watch.asking || performance.now() - watch.since < silence) continue;
    watch.asking = true;
    void examine(session, watch).finally(() => (watch.asking = false));
  }
}

async function examine(session: Watched, watch: Watch): Promise<void> {
  const before = session.traffic;
  const finding = await watch.ask(false).then(
    state => deadness(session, state),
    (error: unknown) => `the server cannot be reached (${errorCode(error) ?? String(error)})`,
  );
  if (session.traffic !== before || !session.isBusy || !watches.has(session)) return;
  watch.strikes = finding === null ? 0 : watch.strikes + 1;
  if (finding === null || watch.strikes < strikesToGiveUp) return;
  // Its locks would be in the way of whoever tries again.
  await watch.ask(true).catch(() => undefined);
  const seconds = Math.round((performance.now() - watch.since) / 1000);
  session.giveUp(
    Object.assign(new Error(`the connection is dead: nothing has come through for ${seconds} s, and ${finding}`), {
      code: 'ETIMEDOUT',
    }),
  );
}

/** null: the server is at work for us, or we are the ones it waits for. */
function deadness({ copying, unsent, isPaused }: Watched, server: ServerSideState | null): string | null {
  if (server === null) return 'the server has no such session any more';
  if (isPaused) return null;
  if (server.waitEvent === 'ClientWrite') return 'the server waits for its answer to be taken';
  const waitsForUs =
    server.waitEvent === 'ClientRead' || server.state === 'idle' || server.state === 'idle in transaction';
  if (!waitsForUs) return null;
  if (copying === 'in') return unsent > 0 ? 'the server waits for data that was sent' : null;
  return 'the server waits for the next statement';
}
