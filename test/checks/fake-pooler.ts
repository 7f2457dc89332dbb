import { createServer, connect, type Socket } from 'node:net';
import type { LocalServer } from '../support/servers.js';

/** BackendKeyData: `K`, length 12, process id, secret. */
const keyMessage = Buffer.from([0x4b, 0, 0, 0, 12]);

/** Hands out process ids of its own, as every pooler does. Whoever calls closes it. */
export async function startFakePooler(server: LocalServer): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const listener = createServer(client => {
    const upstream = connect(server.port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    let started = false;
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      const at = started ? -1 : chunk.indexOf(keyMessage);
      if (at >= 0) {
        chunk.writeInt32BE(1_000_000_000, at + keyMessage.length);
        started = true;
      }
      client.write(chunk);
    });
    upstream.on('end', () => client.end());
  });
  await new Promise<void>(done => listener.listen(0, '127.0.0.1', done));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the pooler has no port');
  return {
    port: address.port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise(done => listener.close(done));
    },
  };
}
