import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { withConnection } from '../../src/postgres/connect.js';
import { resolveConninfo } from '../../src/postgres/resolve-conninfo.js';
import { fakeEnvironment } from '../spec/environment.js';

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const message = (type: string, body: Buffer): Buffer => Buffer.concat([Buffer.from(type), int(body.length + 4), body]);

/** What a false server may ask for, or pretend. */
const asked = {
  cleartext: message('R', int(3)),
  md5: message('R', Buffer.concat([int(5), Buffer.from('salt')])),
  nothing: Buffer.concat([message('R', int(0)), message('Z', Buffer.from('I'))]),
  scram: message('R', Buffer.concat([int(10), Buffer.from('SCRAM-SHA-256\0\0')])),
};

/** Everything that a client sends after its startup packet. */
async function told(question: Buffer, requireAuth: string): Promise<{ sent: string; error: string }> {
  const sent: Buffer[] = [];
  let first = true;
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.on('data', bytes => {
      if (first) socket.write(question);
      else sent.push(bytes);
      first = false;
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const conninfo = resolveConninfo(
    `host=127.0.0.1 port=${port} user=u password=hush sslmode=disable connect_timeout=2 ${requireAuth}`,
    fakeEnvironment(),
  );
  const error = await withConnection(conninfo, { purpose: 'test', console: true }, connection =>
    connection.rows('select 1'),
  ).then(
    () => 'none',
    (failed: unknown) => String(failed),
  );
  server.close();
  return { sent: Buffer.concat(sent).toString('latin1'), error };
}

describe('require_auth=scram-sha-256', () => {
  it.each(['cleartext', 'md5', 'nothing'] as const)('a server that asks for %s gets nothing', async kind => {
    const { sent, error } = await told(asked[kind], 'require_auth=scram-sha-256');
    expect(sent).toBe('');
    expect(error).toContain('authentication method requirement "scram-sha-256" failed');
  });

  it('answers a server that asks for it, and one that asks for a password where nothing is demanded', async () => {
    expect((await told(asked.scram, 'require_auth=scram-sha-256')).sent).toContain('SCRAM-SHA-256');
    expect((await told(asked.cleartext, '')).sent).toContain('hush');
    expect((await told(asked.cleartext, "require_auth='!password'")).sent).toBe('');
  });
});
