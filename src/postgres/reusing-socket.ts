import { Socket } from 'node:net';
import { ReadBuffers } from './read-buffers.js';

/**
 * What one read takes at most: twice what Node's own sockets do, which is a tenth less work a byte; four times is no
 * better.
 */
const readBytes = 128 * 1024;

/**
 * A socket that reads into a few buffers of its own. Node's own sockets take a new one for each read: for whoever only
 * hands on what it reads, collecting them is as much work as all the rest.
 */
export class ReusingSocket extends Socket {
  readonly #buffers: ReadBuffers;
  #reader: ((bytes: Buffer) => void) | undefined;

  constructor() {
    const buffers = new ReadBuffers(readBytes);
    super({
      // Socket's constructor has it as net.connect does; only the types do not say so.
      onread: {
        buffer: () => buffers.next(),
        callback: (length: number, buffer: Uint8Array) => {
          this.#read((buffer as Buffer).subarray(0, length));
          return true;
        },
      },
    } as ConstructorParameters<typeof Socket>[0]);
    this.#buffers = buffers;
  }

  /**
   * Gives what comes to `reader` instead of the listeners of 'data'. It is overwritten when `reader` has returned and
   * nobody holds it.
   */
  readWith(reader: ((bytes: Buffer) => void) | undefined): void {
    this.#reader = reader;
  }

  /** Keeps the bytes that a reader was given last as they are, until what it answers is called, once. */
  hold(): () => void {
    return this.#buffers.hold();
  }

  #read(bytes: Buffer): void {
    if (this.#reader === undefined) this.emit('data', Buffer.from(bytes));
    else this.#reader(bytes);
  }
}
