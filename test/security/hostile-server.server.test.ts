import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useWorkspace } from '../support/pgm.js';
import {
  answerNothing,
  complete,
  description,
  message,
  ready,
  row,
  spoken,
  startHostileServer,
  type Behaviour,
  type HostileServer,
} from './hostile-server.js';

/** Exit codes that README promises, but for all is well and for a wrong spec. */
const documented = [1, 2, 4, 5, 6, 7, 8, 9];
const secret = 'pw-s3cret-4711';

describe('the command before a hostile server', { timeout: 180_000 }, () => {
  let source: HostileServer;
  let target: HostileServer;
  const workspace = useWorkspace();
  beforeAll(async () => {
    [source, target] = await Promise.all([startHostileServer(), startHostileServer()]);
    const connection = (port: number): string =>
      `"postgres://u:\${PGM_TEST_SECRET}@127.0.0.1:${port}/d?connect_timeout=2"`;
    workspace.environment['PGM_TEST_SECRET'] = secret;
    // So little that rows without end would end the process, were they kept.
    workspace.environment['NODE_OPTIONS'] = '--max-old-space-size=128';
    workspace.write(
      'pgm.yaml',
      `version: 1\nname: test\nsource:\n  connection: ${connection(source.port)}\n  restart: ` +
        `manual\ntarget:\n  connection: ${connection(target.port)}\n`,
    );
  });
  afterAll(() => Promise.all([source.close(), target.close()]));

  const columns = description([['a', 25]]);
  const manyRows = Buffer.concat(Array.from({ length: 100 }, () => row(['x'.repeat(1000)])));
  const escapes = `\u001b[2J\u001b]0;t\u0007\r\n::error file=a.ts::pwned ${secret}`;

  /**
   * Commands that read servers; each ends in an error or with a finding, since nothing that answers so can be migrated.
   */
  const commands = [['plan'], ['status'], ['verify'], ['apply', '--auto-approve'], ['destroy', '--auto-approve']];

  const behaviours: readonly (readonly [what: string, behaviour: Behaviour, commands: readonly string[][]])[] = [
    ['nothing as the answer to everything', { answer: answerNothing }, commands],
    [
      'one row of nothing that was asked for',
      { answer: (_, client) => client.send(columns, row(['x']), complete('SELECT 1'), ready) },
      commands,
    ],
    [
      'an error with lines for a pipeline, terminal escapes and the password',
      {
        answer: (_, client) =>
          client.send(spoken('E', { M: escapes, D: escapes, H: escapes, W: escapes, C: '::err' }), ready),
      },
      commands,
    ],
    ['rows without end', { answer: (_, client) => (client.send(columns), client.flood(manyRows)) }, [['plan']]],
    [
      '2 GB that never come',
      {
        answer: (_, client) => {
          client.send(message('d', 'x', 0x3fff_ffff));
          client.socket.end();
        },
      },
      [['plan']],
    ],
    [
      'a web page',
      { login: client => client.send(Buffer.from('HTTP/1.1 200 OK\r\n\r\n')) },
      [['plan'], ['apply', '--auto-approve']],
    ],
  ];

  it.each(behaviours)('ends in words: %s', async (_, behaviour, asked) => {
    for (const server of [source, target]) server.behave(behaviour);
    for (const command of asked) {
      const { code, stdout, stderr } = await workspace.pgm(...command);
      const said = stdout + stderr;
      expect(documented, said).toContain(code);
      expect(said).not.toMatch(/bug in pgm|TypeError|RangeError|^\s+at .*:\d+:\d+\)?$/m);
      expect(said).not.toContain(secret);
      expect(said).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
      expect(said).not.toMatch(/^\s*::/m);
      expect(said).toMatch(/PGM\d{3}|error/);
    }
  });
});
