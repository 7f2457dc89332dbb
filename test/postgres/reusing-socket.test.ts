import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ReadBuffers } from '../../src/postgres/read-buffers.js';
import { ReusingSocket } from '../../src/postgres/reusing-socket.js';

/** Bytes that tell where they stood: 32-bit numbers, counted up. */
function numbered(bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  for (let at = 0; at < bytes; at += 4) buffer.writeUInt32BE(at, at);
  return buffer;
}

describe('a socket that reads into buffers of its own', () => {
  const opened: { destroy(): void }[] = [];
  const servers: Server[] = [];
  afterEach(() => {
    for (const socket of opened.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  });

  const sent = numbered(16 * 1024 * 1024);

  async function connected(serve: (socket: Socket) => void): Promise<ReusingSocket> {
    const server = createServer(socket => {
      opened.push(socket);
      serve(socket);
    });
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    const socket = new ReusingSocket();
    opened.push(socket);
    socket.connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  }

  it('gives a listener bytes that stay as they are, and the end', async () => {
    const socket = await connected(peer => peer.end(sent));
    const chunks: Buffer[] = [];
    socket.on('data', chunk => chunks.push(chunk));
    await once(socket, 'end');
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
  });

  it('gives a reader the same few buffers again, and none that is held', async () => {
    const socket = await connected(peer => peer.end(sent));
    const buffers = new Set<ArrayBufferLike>();
    const held: { bytes: Buffer; release: () => void }[] = [];
    const arrived: Buffer[] = [];
    const take = (): void => {
      const first = held.shift();
      if (first === undefined) return;
      arrived.push(Buffer.from(first.bytes));
      first.release();
    };
    socket.readWith(bytes => {
      buffers.add(bytes.buffer);
      held.push({ bytes, release: socket.hold() });
      // What is written later than it was read, as to a slow peer: the oldest of four.
      if (held.length > 3) take();
    });
    await once(socket, 'end');
    while (held.length > 0) take();
    expect(Buffer.concat(arrived).equals(sent)).toBe(true);
    expect(buffers.size).toBeLessThanOrEqual(5);
  });

  it('reads no more while it is paused', async () => {
    const socket = await connected(peer => peer.end(sent));
    let bytes = 0;
    await new Promise<void>(resolve => {
      socket.readWith(chunk => {
        bytes += chunk.length;
        socket.pause();
        resolve();
      });
    });
    const until = bytes;
    // Time enough for all of it, as the other tests show.
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(bytes).toBe(until);
    socket.readWith(chunk => (bytes += chunk.length));
    socket.resume();
    await once(socket, 'end');
    expect(bytes).toBe(sent.length);
  });
});

describe('buffers for reading', () => {
  it('are the same one for whoever holds nothing', () => {
    const buffers = new ReadBuffers(8);
    expect(buffers.next()).toBe(buffers.next());
  });

  it('are free again when the last of those who hold one lets go', () => {
    const buffers = new ReadBuffers(8);
    const first = buffers.next();
    const [one, two] = [buffers.hold(), buffers.hold()];
    const second = buffers.next();
    expect(second).not.toBe(first);
    const three = buffers.hold();
    one();
    expect(buffers.next()).not.toBe(first);
    two();
    three();
    buffers.hold();
    const again = buffers.next();
    buffers.hold();
    expect(new Set([again, buffers.next()])).toEqual(new Set([first, second]));
  });

  it('go on with one that is let go while it is the current', () => {
    const buffers = new ReadBuffers(8);
    const first = buffers.next();
    buffers.hold()();
    expect(buffers.next()).toBe(first);
    const held = buffers.hold();
    const second = buffers.next();
    held();
    buffers.hold();
    expect([first, second]).toContain(buffers.next());
  });
});
