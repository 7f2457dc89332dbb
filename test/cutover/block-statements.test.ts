import { expect, it } from 'vitest';
import { revokeStatements, unblockCommands, unblockStatements } from '../../src/cutover/block-statements.js';
import { isBlockRecord, type BlockRecord } from '../../src/state/block-record.js';

const record: BlockRecord = {
  database: 'shop',
  readOnly: null,
  connect: ['', 'a', 'b'],
  grants: [
    { grantee: '', grantor: null, grantable: false },
    { grantee: 'pgm', grantor: null, grantable: true },
    { grantee: 'a', grantor: null, grantable: true },
    { grantee: 'b', grantor: 'a', grantable: false },
  ],
  keeps: 'pgm',
};

it('takes what others granted with what the owner granted, and leaves itself the right alone', () => {
  expect(isBlockRecord(record)).toBe(true);
  expect(revokeStatements(record)).toEqual([
    'revoke grant option for connect on database "shop" from "pgm" cascade',
    'revoke connect on database "shop" from public cascade',
    'revoke connect on database "shop" from "a" cascade',
    'revoke connect on database "shop" from "b" cascade',
  ]);
});

it('gives back in order, as whoever granted', () => {
  expect(unblockStatements([record])).toEqual([
    'alter database "shop" reset default_transaction_read_only',
    'grant connect on database "shop" to public',
    'grant connect on database "shop" to "pgm" with grant option',
    'grant connect on database "shop" to "a" with grant option',
    'set role "a"',
    'grant connect on database "shop" to "b"',
    'reset role',
  ]);
  expect(unblockCommands([record])).toHaveLength(1);
});

it('understands what earlier versions wrote', () => {
  const old = { database: 'a"b', readOnly: 'off', connect: ['', 'x'], granted: 'pgm' };
  expect(isBlockRecord(old)).toBe(true);
  expect(unblockStatements([old])).toEqual([
    `alter database "a""b" set default_transaction_read_only = 'off'`,
    'grant connect on database "a""b" to public',
    'grant connect on database "a""b" to "x"',
    'revoke connect on database "a""b" from "pgm"',
  ]);
});
