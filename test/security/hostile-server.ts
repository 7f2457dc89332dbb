import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** One client of a {@link HostileServer}. */
export interface Client {
  readonly socket: Socket;
  /** The next message of the client; its type is '' for the startup packet. null: it is gone. */
  next(): Promise<{ readonly type: string; readonly body: Buffer } | null>;
  send(...bytes: readonly Buffer[]): void;
  /** Sends the same again and again, as fast as it is taken, until the client is gone. */
  flood(bytes: Buffer): Promise<void>;
}

export interface HostileServer {
  readonly port: number;
  /** All that clients sent as passwords and SASL answers. */
  readonly told: Buffer[];
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

/** What it does with a client; by default it logs everybody in and answers every statement with nothing. */
export interface Behaviour {
  /** Between the startup packet and the first statement. */
  readonly login?: (client: Client) => unknown;
  /** Instead of the answer to a statement. */
  readonly answer?: (statement: string, client: Client) => unknown;
}

/** Speaks protocol 3 well enough for a login, and whatever a test makes it say. No TLS. */
export async function startHostileServer(): Promise<HostileServer> {
  let behaviour: Behaviour = {};
  const told: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => undefined).setMaxListeners(0);
    socket.once('close', () => sockets.delete(socket));
    void serve(follow(socket, told), behaviour).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    told,
    behave: next => (behaviour = next),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function serve(client: Client, { login = logIn, answer = answerNothing }: Behaviour): Promise<void> {
  if ((await client.next()) === null) return;
  await login(client);
  let statement = '';
  for (;;) {
    const message = await client.next();
    if (message === null || message.type === 'X') {
      client.socket.end();
      return;
    }
    if (message.type === 'P') {
      const name = message.body.indexOf(0) + 1;
      statement = message.body.toString('utf8', name, message.body.indexOf(0, name));
      client.send(parsed);
    } else if (message.type === 'B') client.send(bound);
    else if (message.type === 'Q') await answer(message.body.toString('utf8', 0, message.body.length - 1), client);
    else if (message.type === 'S') await answer(statement, client);
  }
}

export function logIn(client: Client): void {
  client.send(authentication(0), parameter('server_version', '16.4'), parameter('DateStyle', 'ISO, YMD'), key, ready);
}

export function answerNothing(_: string, client: Client): void {
  client.send(complete('SELECT 0'), ready);
}

function follow(socket: Socket, told: Buffer[]): Client {
  let bytes = Buffer.alloc(0);
  let started = false;
  let wake: () => void = () => undefined;
  socket.on('data', chunk => {
    bytes = Buffer.concat([bytes, chunk]);
    wake();
  });
  for (const event of ['end', 'close'] as const) socket.on(event, () => wake());
  const take = (): { type: string; body: Buffer } | null => {
    const header = started ? 1 : 0;
    if (bytes.length < header + 4) return null;
    const length = bytes.readInt32BE(header);
    if (bytes.length < header + length) return null;
    const type = bytes.toString('latin1', 0, header);
    const body = bytes.subarray(header + 4, header + length);
    bytes = bytes.subarray(header + length);
    if (!started && length === 8) {
      // SSLRequest and its like.
      socket.write('N');
      return take();
    }
    started = true;
    if (type === 'p') told.push(body);
    return { type, body };
  };
  return {
    socket,
    next: async () => {
      for (;;) {
        const message = take();
        if (message !== null) return message;
        if (socket.readableEnded || socket.destroyed) return null;
        await new Promise<void>(resolve => (wake = resolve));
      }
    },
    send: (...pieces) => {
      if (socket.writable) socket.write(Buffer.concat(pieces));
    },
    flood: async piece => {
      while (!socket.destroyed && socket.writable) {
        if (socket.write(piece)) await new Promise(resolve => setImmediate(resolve));
        else await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
      }
    },
  };
}

/** @param length what it says of itself; by default the truth */
export function message(type: string, body: Buffer | string = '', length?: number): Buffer {
  const content = typeof body === 'string' ? Buffer.from(body) : body;
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeInt32BE(length ?? content.length + 4, 1);
  return Buffer.concat([header, content]);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export const parsed = message('1');
export const bound = message('2');
export const ready = message('Z', 'I');
export const key = message('K', Buffer.concat([int32(1), int32(2)]));

export function authentication(request: number, rest: Buffer | string = ''): Buffer {
  return message('R', Buffer.concat([int32(request), Buffer.from(rest)]));
}

export function parameter(name: string, value: string): Buffer {
  return message('S', `${name}\0${value}\0`);
}

export function complete(tag: string): Buffer {
  return message('C', `${tag}\0`);
}

/** An error, or a notice; `fields` by their letters. */
export function spoken(type: 'E' | 'N', fields: Readonly<Record<string, string>>): Buffer {
  const all = { S: 'ERROR', V: 'ERROR', C: 'XX000', M: 'no', ...fields };
  return message(
    type,
    `${Object.entries(all)
      .map(([letter, text]) => `${letter}${text}\0`)
      .join('')}\0`,
  );
}

/** Columns, each with the oid of its type: 25 text, 20 int8, 114 json, 1009 text[]. */
export function description(columns: readonly (readonly [name: string, type: number])[]): Buffer {
  const each = columns.map(([name, type]) =>
    Buffer.concat([Buffer.from(`${name}\0`), int32(0), int16(0), int32(type), int16(-1), int32(-1), int16(0)]),
  );
  return message('T', Buffer.concat([int16(columns.length), ...each]));
}

export function row(values: readonly (string | null)[]): Buffer {
  const each = values.map(value =>
    value === null ? int32(-1) : Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]),
  );
  return message('D', Buffer.concat([int16(values.length), ...each]));
}
