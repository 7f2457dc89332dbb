import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { LocalServer } from '../support/servers.js';

/** A value of a row as it came, by its column's name, and what comes instead; `type` is the oid of its new type. */
export type Alter = (value: string | null, column: string) => { readonly value: string | null; readonly type?: number };

export interface AlteringProxy {
  readonly port: number;
  /** Rows that went through since the last {@link alterRow}. */
  readonly rows: number;
  /** The row with that number, from 0, comes altered in one of its values. */
  alterRow(at: number, value: number, alter: Alter): void;
  /** All comes as it is. */
  rest(): void;
  close(): Promise<void>;
}

/** Stands before a server, without TLS, and lies about one value. */
export async function startAlteringProxy(server: LocalServer): Promise<AlteringProxy> {
  const sockets = new Set<Socket>();
  let rows = 0;
  let plan: { readonly at: number; readonly value: number; readonly alter: Alter } | null = null;
  const listener = createServer(client => {
    const upstream = connect(server.port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    let held = Buffer.alloc(0);
    let description: Buffer | null = null;
    upstream.on('data', chunk => {
      held = Buffer.concat([held, chunk]);
      const out: Buffer[] = [];
      while (held.length >= 5 && held.length >= 1 + held.readInt32BE(1)) {
        const end = 1 + held.readInt32BE(1);
        const frame = held.subarray(0, end);
        held = held.subarray(end);
        const type = String.fromCharCode(frame[0] ?? 0);
        // It waits for its first row, whose types may be other ones.
        if (type === 'T') {
          if (description !== null) out.push(description);
          description = frame;
          continue;
        }
        const altered = type === 'D' && plan !== null && rows++ === plan.at && description !== null;
        const [columns, row] =
          altered && plan !== null && description !== null ? lie(description, frame, plan) : [description, frame];
        if (columns !== null) out.push(columns);
        description = null;
        out.push(row);
        if (type === 'D' && plan === null) rows++;
      }
      if (out.length > 0 && !client.destroyed) client.write(Buffer.concat(out));
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as { port: number }).port,
    get rows() {
      return rows;
    },
    alterRow: (at, value, alter) => {
      rows = 0;
      plan = { at, value, alter };
    },
    rest: () => {
      rows = 0;
      plan = null;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

function lie(
  description: Buffer,
  row: Buffer,
  plan: { readonly value: number; readonly alter: Alter },
): readonly [description: Buffer, row: Buffer] {
  const columns = Buffer.from(description);
  const names: { readonly name: string; readonly type: number }[] = [];
  for (let at = 7, left = columns.readInt16BE(5); left > 0; left--) {
    const end = columns.indexOf(0, at);
    names.push({ name: columns.toString('utf8', at, end), type: end + 7 });
    at = end + 19;
  }
  const values: (Buffer | null)[] = [];
  for (let at = 7, left = row.readInt16BE(5); left > 0; left--) {
    const length = row.readInt32BE(at);
    values.push(length < 0 ? null : row.subarray(at + 4, at + 4 + length));
    at += 4 + Math.max(0, length);
  }
  const chosen = plan.value % Math.max(1, values.length);
  const column = names[chosen];
  if (column === undefined) return [description, row];
  const { value, type } = plan.alter(values[chosen]?.toString() ?? null, column.name);
  if (type !== undefined) columns.writeInt32BE(type, column.type);
  values[chosen] = value === null ? null : Buffer.from(value);
  const body = values.flatMap(each => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(each === null ? -1 : each.length);
    return each === null ? [length] : [length, each];
  });
  const bytes = Buffer.concat([row.subarray(0, 7), ...body]);
  bytes.writeInt32BE(bytes.length - 1, 1);
  return [columns, bytes];
}
