import type { Socket } from 'node:net';
import { asProtocolError } from '../postgres/answers.js';
import type { Connection } from '../postgres/connection.js';
import { StatementError } from '../postgres/errors.js';
import { ReusingSocket } from '../postgres/reusing-socket.js';
import { FrameSplitter, frameType } from './frames.js';

export interface Forwarded {
  /** Bytes of the COPY stream, framing included. */
  readonly bytes: number;
  /** Rows of each COPY, in the order of the statements. */
  readonly rows: readonly number[];
}

/** What node-postgres' client asks of a query that drives the protocol itself. */
interface Submittable {
  submit(connection: ProtocolConnection): void;
  handleError(error: Error): void;
  handleReadyForQuery(): void;
  handleCommandComplete(message: { text: string }): void;
  handleCopyInResponse(): void;
  handleRowDescription(): void;
  handleDataRow(): void;
  handleEmptyQuery(): void;
}

interface ProtocolConnection {
  readonly stream: Socket;
  query(text: string): void;
  sendCopyFail(message: string): void;
}

const nothing = (): void => undefined;

/**
 * Sends the COPY streams of `from` (one or many `copy … to stdout;`) into those of `to` (as many `copy … from stdin;`,
 * other statements may stand between). Bytes go from socket to socket in the server's own frames, so that neither rows
 * nor statements cost a round trip; a slow target pauses the source.
 *
 * On an error both sessions may be in the middle of a COPY: the caller closes them.
 * @throws StatementError of the side that failed first; an error when the counts of the two sides differ
 */
export async function forwardCopy(
  source: Connection,
  target: Connection,
  from: string,
  to: string,
  onBytes: (bytes: number) => void,
): Promise<Forwarded> {
  const into = new CopyIn(to);
  target.client.query(into as never);
  const out = new CopyOut(from, into, onBytes);
  source.client.query(out as never);
  // The first failure is the cause; the other side then fails for want of it.
  const ended = Promise.race([out.failed, into.failed, Promise.all([out.done, into.done]).then(() => undefined)]);
  // Once the source has sent all, the target owes an answer; until then it may wait for data as long as the source
  // does.
  void source.during(Promise.race([out.done, ended]), 'out').then(() => target.endCopying());
  const first = await target.during(ended, 'in');
  if (first !== undefined) {
    into.fail('the source failed');
    // What a server says with ERROR leaves the session as it is.
    throw new StatementError(first.error, first.statement, (first.error as { severity?: string }).severity === 'ERROR');
  }
  if (out.rows.length !== into.rows.length || out.rows.some((rows, index) => rows !== into.rows[index])) {
    throw new Error(`the source sent ${out.rows.join(', ')} rows, the target took ${into.rows.join(', ')}`);
  }
  return { bytes: out.bytes, rows: out.rows };
}

interface Failure {
  readonly error: Error;
  readonly statement: string;
}

abstract class CopySide implements Submittable {
  readonly rows: number[] = [];
  readonly done: Promise<void>;
  readonly failed: Promise<Failure>;
  protected readonly sql: string;
  protected finish: () => void = nothing;
  #fail: (failure: Failure) => void = nothing;

  constructor(sql: string) {
    this.sql = sql;
    this.done = new Promise(resolve => (this.finish = resolve));
    this.failed = new Promise(resolve => (this.#fail = resolve));
  }

  abstract submit(connection: ProtocolConnection): void;

  handleError(error: Error): void {
    this.#fail({ error, statement: this.sql.slice(0, 500) });
  }

  handleReadyForQuery(): void {
    this.finish();
  }

  handleCommandComplete({ text }: { text: string }): void {
    if (text.startsWith('COPY ')) this.rows.push(Number(text.slice(5)));
  }

  handleCopyInResponse(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
}

class CopyIn extends CopySide {
  #connection: ProtocolConnection | undefined;
  #ended = false;

  submit(connection: ProtocolConnection): void {
    this.#connection = connection;
    connection.query(this.sql);
  }

  override handleError(error: Error): void {
    this.#ended = true;
    super.handleError(error);
  }

  override handleReadyForQuery(): void {
    this.#ended = true;
    super.handleReadyForQuery();
  }

  /** False when the socket's buffer is full: call `drained` and wait. */
  write(bytes: Buffer, written: () => void): boolean {
    if (this.#ended || this.#connection === undefined) {
      written();
      return true;
    }
    return this.#connection.stream.write(bytes, written);
  }

  drained(then: () => void): void {
    this.#connection?.stream.once('drain', then);
  }

  fail(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#connection?.sendCopyFail(reason);
  }
}

class CopyOut extends CopySide {
  bytes = 0;
  readonly #into: CopyIn;
  readonly #onBytes: (bytes: number) => void;
  #stream: Socket | undefined;
  #reads: TakenReads | undefined;

  constructor(sql: string, into: CopyIn, onBytes: (bytes: number) => void) {
    super(sql);
    this.#into = into;
    this.#onBytes = onBytes;
  }

  /** Takes the socket's data away from node-postgres' parser until the statements are over. */
  submit(connection: ProtocolConnection): void {
    this.#stream = connection.stream;
    const splitter = new FrameSplitter({
      copy: bytes => this.#forward(bytes),
      message: (type, frame) => this.#message(type, frame),
    });
    this.#reads = takeReads(connection.stream, bytes => splitter.push(bytes));
    connection.query(this.sql);
  }

  #forward(bytes: Buffer): void {
    this.bytes += bytes.length;
    this.#onBytes(bytes.length);
    if (this.#into.write(bytes, this.#reads?.hold() ?? nothing)) return;
    if (this.#stream?.isPaused() === true) return;
    this.#stream?.pause();
    this.#into.drained(() => this.#stream?.resume());
  }

  #message(type: number, frame: Buffer): void {
    if (type === frameType.copyOut) return;
    if (type === frameType.commandComplete) {
      this.handleCommandComplete({ text: frame.toString('latin1', 5, frame.length - 1) });
      return;
    }
    if (type === frameType.ready) this.#reads?.giveBack();
    this.#reads?.parse(frame);
  }
}

interface TakenReads {
  /** Keeps the bytes that are being read as they are, until what it answers is called, once. */
  readonly hold: () => () => void;
  /** What node-postgres would have done with a message. */
  readonly parse: (frame: Buffer) => void;
  readonly giveBack: () => void;
}

/** Reads what comes out of a socket in place of node-postgres. A session with TLS has a socket of Node's own. */
function takeReads(stream: Socket, reader: (bytes: Buffer) => void): TakenReads {
  let over = false;
  const read = (bytes: Buffer): void => {
    if (over) return;
    try {
      reader(bytes);
    } catch (error) {
      over = true;
      stream.destroy(asProtocolError(error));
    }
  };
  const parsers = stream.listeners('data') as ((chunk: Buffer) => void)[];
  const parse = (frame: Buffer): void => parsers.forEach(parser => parser(frame));
  if (stream instanceof ReusingSocket) {
    stream.readWith(read);
    return { hold: () => stream.hold(), parse, giveBack: () => stream.readWith(undefined) };
  }
  stream.removeAllListeners('data');
  stream.on('data', read);
  return {
    hold: () => nothing,
    parse,
    giveBack: () => {
      stream.off('data', read);
      for (const parser of parsers) stream.on('data', parser);
    },
  };
}
