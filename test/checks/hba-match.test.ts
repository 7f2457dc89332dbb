import { expect, it } from 'vitest';
import { matchHba, type HbaQuestion } from '../../src/checks/hba-match.js';
import type { HbaRule } from '../../src/inspect/facts.js';
import { rules } from './hba-rules.js';

const question: HbaQuestion = {
  address: '10.0.0.5/32',
  database: 'shop',
  user: 'app',
  memberOf: ['staff', 'shop'],
  tls: false,
};

const inNet = '10.0.0.0|255.0.0.0';

it.each<[string, HbaRule[], Partial<HbaQuestion>, string]>([
  ['no rule', [], {}, 'no-rule'],
  ['a network', rules(`host all all ${inNet} md5`), {}, 'accepted'],
  ['another network', rules('host all all 192.168.0.0|255.255.0.0 md5'), {}, 'no-rule'],
  [
    'the first that fits decides: reject',
    rules(`host all all ${inNet} reject`, 'host all all all trust'),
    {},
    'rejected',
  ],
  [
    'the first that fits decides: accept',
    rules('host all all all trust', `host all all ${inNet} reject`),
    {},
    'accepted',
  ],
  ['local rules are for sockets', rules('local all all x trust'), {}, 'no-rule'],
  ['hostssl without TLS', rules(`hostssl all all ${inNet} md5`), {}, 'no-rule'],
  ['hostssl with TLS', rules(`hostssl all all ${inNet} md5`), { tls: true }, 'accepted'],
  ['hostnossl with TLS', rules(`hostnossl all all ${inNet} md5`), { tls: true }, 'no-rule'],
  ['hostgssenc is never ours', rules(`hostgssenc all all ${inNet} gss`), {}, 'no-rule'],
  ['hostnogssenc is', rules(`hostnogssenc all all ${inNet} md5`), {}, 'accepted'],
  ['the database by name', rules(`host other,shop all ${inNet} md5`), {}, 'accepted'],
  ['replication is for physical replication', rules(`host replication all ${inNet} md5`), {}, 'no-rule'],
  ['sameuser', rules(`host sameuser all ${inNet} md5`), { user: 'shop' }, 'accepted'],
  ['sameuser, another', rules(`host sameuser all ${inNet} md5`), {}, 'no-rule'],
  ['samerole', rules(`host samerole all ${inNet} md5`), {}, 'accepted'],
  ['a role list with a group', rules(`host all bob,+staff ${inNet} md5`), {}, 'accepted'],
  ['a group that it is not in', rules(`host all +admins ${inNet} md5`), {}, 'no-rule'],
  ['a pattern (16)', rules(`host /^sh all ${inNet} md5`), {}, 'accepted'],
  ['a pattern that does not fit', rules(`host all /^b ${inNet} md5`), {}, 'no-rule'],
  ['a range within the rule', rules(`host all all ${inNet} md5`), { address: '10.1.0.0/16' }, 'accepted'],
  [
    'a range wider than the rule',
    rules('host all all 10.0.0.0|255.255.255.0 md5'),
    { address: '10.0.0.0/8' },
    'no-rule',
  ],
  [
    'a part of the range is rejected',
    rules('host all all 10.0.0.9|255.255.255.255 reject', `host all all ${inNet} md5`),
    { address: '10.0.0.0/24' },
    'rejected',
  ],
  ['IPv6', rules('host all all fd00::|ffff:: md5'), { address: 'fd00:1::5' }, 'accepted'],
  ['IPv6 elsewhere', rules('host all all fd00::|ffff:: md5'), { address: 'fe80::1/128' }, 'no-rule'],
  ['IPv4 is not IPv6', rules('host all all ::|:: md5'), {}, 'no-rule'],
  ['everything', rules('host all all 0.0.0.0|0.0.0.0 md5'), {}, 'accepted'],
  ['a host name', rules('host all all DB.example.com md5'), { address: 'db.example.com' }, 'accepted'],
  ['a domain', rules('host all all .example.com md5'), { address: 'db.example.com' }, 'accepted'],
  ['a host name and an address', rules('host all all db.example.com md5'), {}, 'no-rule'],
  ['samenet, over loopback', rules('host all all samenet md5'), { address: '127.0.0.1/32' }, 'accepted'],
  [
    'a line that does not parse is no rule',
    rules(`host all all ${inNet} md5`).map(rule => ({ ...rule, error: 'bad' })),
    {},
    'no-rule',
  ],
])('%s', (_, all, asked, verdict) => {
  expect(matchHba(all, { ...question, ...asked }).kind).toBe(verdict);
});
