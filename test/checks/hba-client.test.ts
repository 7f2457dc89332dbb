import { expect, it } from 'vitest';
import { possibleRules, type ClientQuestion } from '../../src/checks/hba-client.js';
import { rules } from './hba-rules.js';

const question: ClientQuestion = {
  address: '10.0.0.7',
  database: 'shop',
  user: 'app',
  memberOf: ['staff'],
  transport: 'plain',
  serverAddress: '10.0.0.1',
};

/** Lines that may decide, with `none` where it may be that none does. */
const decided = (lines: readonly string[], more: Partial<ClientQuestion> = {}): string => {
  const { rules: possible, mayFitNone } = possibleRules(rules(...lines), { ...question, ...more });
  return [...possible.map(({ line }) => line), ...(mayFitNone ? ['none'] : [])].join(' ');
};

it.each<[string, readonly string[], Partial<ClientQuestion>, string]>([
  ['no rule', [], {}, 'none'],
  ['one address', ['host all all 10.0.0.7|255.255.255.255 md5'], {}, '1'],
  ['another address', ['host all all 10.0.0.8|255.255.255.255 md5'], {}, 'none'],
  ['a network', ['host all all 10.0.0.0|255.255.255.0 md5'], {}, '1'],
  ['the first that fits', ['host all all all md5', 'host all all all reject'], {}, '1'],
  ['another role before it', ['host all bob all reject', 'host all app all md5'], {}, '2'],
  ['a group', ['host all +staff all md5'], {}, '1'],
  ['another group', ['host all +admins all md5'], {}, 'none'],
  ['another database', ['host other all all md5', 'host shop all all md5'], {}, '2'],
  ['replication is no database', ['host replication all all md5'], {}, 'none'],
  ['a socket', ['local all all - trust'], {}, 'none'],
  ['TLS alone, without', ['hostssl all all all md5'], {}, 'none'],
  ['TLS alone, with', ['hostssl all all all md5'], { transport: 'tls' }, '1'],
  ['without TLS alone', ['hostnossl all all all md5'], { transport: 'tls' }, 'none'],
  ['GSS', ['hostgssenc all all all gss'], { transport: 'gss' }, '1'],
  ['without GSS', ['hostnogssenc all all all md5'], { transport: 'gss' }, 'none'],
  ['samehost, the server’s own address', ['host all all samehost md5'], { address: '10.0.0.1' }, '1'],
  ['samehost, loopback', ['host all all samehost md5'], { address: '127.0.0.1' }, '1'],
  ['samehost, another', ['host all all samehost md5'], {}, 'none'],
  ['samenet, whose mask nobody knows', ['host all all samenet md5'], {}, '1 none'],
  ['samenet, the other family', ['host all all samenet md5'], { address: 'fd00::7' }, 'none'],
  ['a name before a network', ['host all all .example.com reject', 'host all all 10.0.0.0|255.0.0.0 md5'], {}, '1 2'],
  [
    'an address that is not known',
    ['host all all 10.0.0.0|255.0.0.0 md5', 'host all all all md5'],
    { address: null },
    '1 2',
  ],
  ['IPv6', ['host all all fd00::|ffff:: md5'], { address: 'fd00::7' }, '1'],
  ['IPv4 for IPv6', ['host all all 0.0.0.0|0.0.0.0 md5'], { address: 'fd00::7' }, 'none'],
])('%s', (_, lines, more, expected) => {
  expect(decided(lines, more)).toBe(expected);
});

it('leaves out lines that do not parse', () => {
  const [broken, fine] = rules('host all all all reject', 'host all all all md5');
  if (broken === undefined || fine === undefined) throw new Error('two rules');
  expect(possibleRules([{ ...broken, error: 'nonsense' }, fine], question).rules).toEqual([fine]);
});
