import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line to the server that can be cut on our side while the server's side stays open. */
export async function openLine(serverPort: number): Promise<{ port: number; cutNear: () => void; close: () => void }> {
  const near = new Set<Socket>();
  const far = new Set<Socket>();
  const server = createServer(socket => {
    const onward = connect(serverPort, '127.0.0.1');
    near.add(socket);
    far.add(onward);
    for (const end of [socket, onward]) end.on('error', () => undefined);
    socket.on('data', chunk => onward.write(chunk));
    onward.on('data', chunk => socket.write(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cutNear = (): void => {
    for (const socket of near) socket.destroy();
    near.clear();
  };
  const close = (): void => {
    cutNear();
    for (const socket of far) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, cutNear, close };
}
