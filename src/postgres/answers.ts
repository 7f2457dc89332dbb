import type { Socket } from 'node:net';
import type pg from 'pg';
import { AnswerMemory } from './answer-memory.js';
import { LoginOrder } from './login-order.js';
import { headerBytes, messageEnd } from './message-header.js';
import { checkShape } from './message-shape.js';
import { ProtocolError } from './protocol-error.js';

/**
 * Takes what a server sends apart into messages and hands on whole ones that have the form of their type, come at a
 * time when they may, and fit into memory.
 */
export class Answers {
  readonly #hand: (messages: Buffer) => void;
  readonly #login = new LoginOrder();
  readonly #memory = new AnswerMemory();
  #columns: number | null = null;
  /** The beginning of a message whose rest is still to come, in a buffer that grows with what has come. */
  #held: Buffer | null = null;
  #heldBytes = 0;

  constructor(hand: (messages: Buffer) => void) {
    this.#hand = hand;
  }

  /** @throws ProtocolError; what `hand` throws */
  take(chunk: Buffer): void {
    const bytes = this.#withHeld(chunk);
    let at = 0;
    while (bytes.length - at >= headerBytes) {
      const end = messageEnd(bytes, at);
      if (end > bytes.length) break;
      this.#check(bytes, at, end);
      at = end;
    }
    if (this.#held === null && at < bytes.length) {
      this.#held = Buffer.from(bytes.subarray(at));
      this.#heldBytes = this.#held.length;
    } else if (this.#held !== null && at > 0) {
      // What is handed on may be kept, so it is not written over.
      this.#held = at < bytes.length ? Buffer.from(bytes.subarray(at)) : null;
      this.#heldBytes = bytes.length - at;
    }
    if (at > 0) this.#hand(bytes.subarray(0, at));
  }

  /** Nothing more comes. */
  end(): void {
    this.#held = null;
    this.#memory.release();
  }

  #check(bytes: Buffer, start: number, end: number): void {
    const type = String.fromCharCode(bytes[start] ?? 0);
    checkShape(bytes, start, end, this.#columns);
    this.#login.take(type, bytes.subarray(start + headerBytes, end));
    if (type === 'T') this.#columns = bytes.readInt16BE(start + headerBytes);
    else if (type === 'D') this.#memory.add(end - start, this.#columns ?? 0);
    else if (type === 'Z') {
      this.#columns = null;
      this.#memory.release();
    }
  }

  #withHeld(chunk: Buffer): Buffer {
    if (this.#held === null) return chunk;
    const bytes = this.#heldBytes + chunk.length;
    if (bytes > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(bytes, this.#held.length * 2));
      this.#held.copy(larger, 0, 0, this.#heldBytes);
      this.#held = larger;
    }
    chunk.copy(this.#held, this.#heldBytes);
    this.#heldBytes = bytes;
    return this.#held.subarray(0, bytes);
  }
}

interface ProtocolConnection {
  attachListeners(stream: Socket): void;
}

/**
 * Puts {@link Answers} before node-postgres' parser. An answer that is none ends the session: whoever waits gets the
 * error, and what else comes is not looked at.
 */
export function readAnswers(client: pg.Client): void {
  const { connection } = client as unknown as { connection: ProtocolConnection };
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = stream => {
    attach({ on: (event: string, listener: (bytes: Buffer) => void) => on(stream, event, listener) } as never);
  };
}

function on(stream: Socket, event: string, listener: (bytes: Buffer) => void): void {
  if (event !== 'data') {
    stream.on(event, listener);
    return;
  }
  const answers = new Answers(listener);
  let over = false;
  stream.on('close', () => answers.end());
  stream.on('data', (bytes: Buffer) => {
    if (over) return;
    try {
      answers.take(bytes);
    } catch (error) {
      over = true;
      answers.end();
      stream.destroy(asProtocolError(error));
    }
  });
}

/** What node-postgres throws over a message is about the message. */
export function asProtocolError(error: unknown): ProtocolError {
  return error instanceof ProtocolError
    ? error
    : new ProtocolError(error instanceof Error ? error.message : String(error));
}
