import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withConnection } from '../../src/postgres/connect.js';
import { StatementError } from '../../src/postgres/errors.js';
import { resolveConninfo } from '../../src/postgres/resolve-conninfo.js';
import { fakeEnvironment } from '../spec/environment.js';
import {
  answerNothing,
  authentication,
  bound,
  complete,
  description,
  int16,
  int32,
  key,
  logIn,
  message,
  parameter,
  parsed,
  ready,
  row,
  spoken,
  startHostileServer,
  type Behaviour,
  type Client,
  type HostileServer,
} from './hostile-server.js';

const seed = Number(process.env['PGM_SEED'] ?? (process.env['PGM_FUZZ'] === 'long' ? Date.now() % 1_000_000 : 7));
const numRuns = process.env['PGM_FUZZ'] === 'long' ? 20_000 : 300;
const password = 's3cret-of-mine';

let server: HostileServer;
beforeAll(async () => void (server = await startHostileServer()));
afterAll(() => server.close());

/** Logs in and asks one thing, as every reading of pgm begins. */
async function ask(
  behaviour: Behaviour,
  more = '',
  parameters: readonly unknown[] = [],
): Promise<StatementError | readonly object[]> {
  server.behave(behaviour);
  const conninfo = resolveConninfo(
    `host=127.0.0.1 port=${server.port} user=u dbname=d password=${password} sslmode=disable connect_timeout=1 ${more}`,
    fakeEnvironment(),
  );
  try {
    return await withConnection(conninfo, { purpose: 'inspect', answersWithin: 400, watched: false }, connection =>
      connection.rows('select 1 as a', parameters),
    );
  } catch (error) {
    // Anything else, a TypeError for one, is a bug.
    if (error instanceof StatementError) return error;
    throw error;
  }
}

const answering =
  (...messages: readonly Buffer[]): NonNullable<Behaviour['answer']> =>
  (_, client) =>
    client.send(...messages);
const column = description([['a', 25]]);
const long = Buffer.alloc(20_000, 'x').toString();

describe('an answer that PostgreSQL does not give', () => {
  it.each<[what: string, answer: Buffer[], words: RegExp]>([
    ['a length of 0', [message('D', '', 0)], /says that it has 0 bytes/],
    ['a negative length', [message('D', '', -1)], /says that it has -1 bytes/],
    ['2 GB', [message('D', '', 0x7fff_ffff)], /says that it has 2147483647 bytes/],
    ['2 GB in an error', [message('E', 'SERROR\0', 0x7000_0000)], /says that it has 1879048192 bytes/],
    ['a short kind of message that is long', [message('C', long + long)], /says that it has 40004 bytes/],
    ['an unknown type', [message('%', 'x')], /no message of type "%"/],
    ['a web server', [Buffer.from('HTTP/1.1 400 Bad Request\r\n')], /says that it has 1414811695 bytes/],
    ['streaming that nobody asked for', [message('W', Buffer.alloc(3))], /no message of type "W"/],
    ['an error without an end', [message('E', 'SERROR\0C42601\0Mwords\0')], /does not have its form/],
    ['an error that ends within a field', [message('E', 'SERROR')], /does not have its form/],
    ['an error that ends before its message does', [message('E', 'SERROR\0\0SERROR\0\0')], /does not have its form/],
    ['a row before its columns', [row(['1'])], /a row has 1 values for no columns/],
    ['a row of other columns', [column, row(['1', '2'])], /a row has 2 values for 1 columns/],
    ['a row with a negative count', [column, message('D', int16(-5))], /does not have its form/],
    [
      'a value that is longer than its row',
      [column, message('D', Buffer.concat([int16(1), int32(99)]))],
      /does not have its form/,
    ],
    [
      'a value of a negative length',
      [column, message('D', Buffer.concat([int16(1), int32(-9)]))],
      /does not have its form/,
    ],
    ['columns with a negative count', [message('T', int16(-1))], /does not have its form/],
    [
      'columns that are cut off',
      [message('T', Buffer.concat([int16(3), Buffer.from('a\0')]))],
      /does not have its form/,
    ],
    ['a transaction in no state', [complete('SELECT 1'), message('Z', '?')], /does not have its form/],
    ['a login in the middle', [authentication(0)], /begins to log in again/],
    ['a request for a password in the middle', [authentication(3)], /begins to log in again/],
  ])('ends the session: %s', async (_, answer, words) => {
    const error = await ask({ answer: answering(...answer) });
    expect(error).toBeInstanceOf(StatementError);
    expect((error as StatementError).message).toMatch(words);
    expect((error as StatementError).code).toBe('08P01');
  });

  it.each<[what: string, answer: NonNullable<Behaviour['answer']>]>([
    ['nothing at all', () => undefined],
    ['half a message', answering(message('D', 'ab', 900))],
    ['rows without an end of them', answering(column, row(['1']))],
    ['COPY data that nobody asked for', (_, client) => client.flood(message('d', long))],
    ['notices without end', (_, client) => client.flood(spoken('N', { M: long }))],
    ['one setting again and again', (_, client) => client.flood(parameter('TimeZone', long))],
    ['an error that does not let go', answering(spoken('E', { M: 'no' }))],
  ])('is not waited for: %s', async (_, answer) => {
    const error = await ask({ answer });
    expect(error).toBeInstanceOf(StatementError);
    expect((error as StatementError).message).toMatch(/did not end its answer within|^no$/);
  });

  it('is taken from a server that says the same in small pieces', async () => {
    const bytes = Buffer.concat([column, row(['x'.repeat(300)]), row([null]), complete('SELECT 2'), ready]);
    const drip = async (_: string, client: Client): Promise<void> => {
      for (let at = 0; at < bytes.length; at += 7) {
        client.send(bytes.subarray(at, at + 7));
        await new Promise(resolve => setImmediate(resolve));
      }
    };
    expect(await ask({ answer: drip })).toEqual([{ a: 'x'.repeat(300) }, { a: null }]);
  });

  it('gives no code of the system, no secret that it was told and no text without end', async () => {
    const login = async (client: Client): Promise<void> => {
      client.send(authentication(3));
      await client.next();
      logIn(client);
    };
    const fields = { C: 'ENOENT', M: `you said ${password}`, D: 'x'.repeat(1_000_000), P: '1e99' };
    const error = await ask({ login, answer: answering(spoken('E', fields), ready) });
    expect(error).toMatchObject({ message: 'you said (sensitive)', code: undefined, position: undefined });
    expect((error as StatementError).detail?.length).toBeLessThan(11_000);
  });
});

describe('a login that PostgreSQL does not give', () => {
  const scram = 'SCRAM-SHA-256\0\0';
  const salted = Buffer.from('salt-of-somebody').toString('base64');
  /** The server's first answer to SCRAM, with the client's nonce and `more`. */
  const first = async (client: Client, nonce = (ours: string) => `${ours}more`): Promise<Buffer> => {
    client.send(authentication(10, scram));
    const said = (await client.next())?.body.toString() ?? '';
    return authentication(11, `r=${nonce(/r=(.*)$/.exec(said)?.[1] ?? '')},s=${salted},i=4096`);
  };

  it.each<[what: string, login: NonNullable<Behaviour['login']>, words: RegExp, more?: string]>([
    ['ready before it has logged in', client => client.send(ready), /goes on before the login has ended/],
    ['a row', client => client.send(column), /is no part of a login/],
    ['GSSAPI', client => client.send(authentication(7)), /a way to log in that pgm does not know \(7\)/],
    [
      'a plain password asked for twice',
      async client => {
        client.send(authentication(3));
        await client.next();
        client.send(authentication(3));
      },
      /in another order/,
    ],
    ['settings without end', client => client.flood(parameter('a', 'b')), /reports settings without end/],
    ['notices without end', client => client.flood(spoken('N', { M: long })), /timeout expired/],
    ['nothing', () => undefined, /timeout expired/],
    [
      'SCRAM without a proof of the server',
      async client => {
        client.send(await first(client));
        await client.next();
        client.send(authentication(0), key, ready);
      },
      /in another order/,
    ],
    [
      'SCRAM left out after it began',
      async client => {
        client.send(authentication(10, scram));
        await client.next();
        client.send(authentication(0), key, ready);
      },
      /in another order/,
    ],
    [
      'SCRAM with a wrong proof',
      async client => {
        client.send(await first(client));
        await client.next();
        client.send(authentication(12, `v=${salted}`), authentication(0), key, ready);
      },
      /server signature does not match/,
    ],
    [
      'SCRAM with a nonce of its own',
      async client => client.send(await first(client, () => 'other')),
      /nonce does not start/,
    ],
    [
      'SCRAM, then a plain password',
      async client => {
        client.send(authentication(10, scram));
        await client.next();
        client.send(authentication(3));
      },
      /in another order/,
    ],
    [
      'SCRAM with as many rounds as to keep pgm busy',
      async client => {
        client.send(authentication(10, scram));
        const said = (await client.next())?.body.toString() ?? '';
        client.send(authentication(11, `r=${/r=(.*)$/.exec(said)?.[1] ?? ''}x,s=${salted},i=2000000000`));
      },
      /iteration count/,
    ],
    ['no SCRAM that pgm knows', client => client.send(authentication(10, 'X\0\0')), /SASL/],
    [
      'a plain password where SCRAM is demanded',
      client => client.send(authentication(3)),
      /failed: the server asked for password/,
      'require_auth=scram-sha-256',
    ],
    [
      'md5 where SCRAM is demanded',
      client => client.send(authentication(5, 'salt')),
      /failed: the server asked for md5/,
      'require_auth=scram-sha-256',
    ],
    [
      'no login where SCRAM is demanded',
      client => logIn(client),
      /failed: the server asked for none/,
      'require_auth=scram-sha-256',
    ],
  ])('is none: %s', async (_, login, words, more) => {
    server.told.length = 0;
    const error = await ask({ login }, more);
    expect(error).toBeInstanceOf(StatementError);
    expect((error as StatementError).message).toMatch(words);
    if (more !== undefined) expect(server.told).toEqual([]);
  });
});

describe(`whatever a server answers (seed ${seed})`, () => {
  const bytes = fc.uint8Array({ maxLength: 60 }).map(each => Buffer.from(each));
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const letterOf = (letters: string): fc.Arbitrary<string> =>
    fc.nat({ max: letters.length - 1 }).map(at => letters.charAt(at));
  const anyMessage = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(parsed, bound, ready, key, column, complete('SELECT 1'), complete('x')) },
    { weight: 3, arbitrary: fc.array(fc.option(text), { maxLength: 3 }).map(row) },
    {
      weight: 2,
      arbitrary: fc
        .array(
          fc.tuple(
            text.map(each => each.replaceAll('\0', '')),
            fc.constantFrom(16, 20, 25, 114, 1009, 1007, 17, 1184, 600),
          ),
          { maxLength: 3 },
        )
        .map(description),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom<'E' | 'N'>('E', 'N'), fc.dictionary(letterOf('SVCMDHPpqWF'), text))
        .map(([type, fields]) => spoken(type, fields)),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(letterOf('123ACDEGHIKNRSTWZcdnstv'), bytes).map(([type, body]) => message(type, body)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(letterOf('DdETSZ'), bytes, fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }))
        .map(([type, body, length]) => message(type, body, length)),
    },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 13 }).map(request => authentication(request)) },
    { weight: 1, arbitrary: bytes },
  );

  it('ends in rows or in an error in words', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyMessage, { maxLength: 6 }),
        fc.boolean(),
        fc.boolean(),
        async (messages, atLogin, extended) => {
          // It hangs up in the end, so that no run waits for a limit.
          const say = (client: Client): void => {
            client.send(...messages);
            client.socket.end();
          };
          const behaviour = atLogin ? { login: say } : { answer: (_: string, client: Client) => say(client) };
          const answer = await ask(behaviour, '', extended ? [1] : []);
          if (answer instanceof StatementError) expect(answer.message).not.toBe('');
        },
      ),
      { seed, numRuns },
    );
  }, 600_000);

  it('is forgotten when it has ended: the next session is served', async () => {
    expect(await ask({ answer: answerNothing })).toEqual([]);
  });
});
