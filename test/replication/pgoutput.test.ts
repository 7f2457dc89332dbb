import { describe, expect, it } from 'vitest';
import { decodeTransactions, type RowChange } from '../../src/replication/pgoutput.js';

// Messages as the manual describes them ("Logical Replication Message Formats").
const byte = (value: number | string): Buffer => Buffer.from([typeof value === 'string' ? value.charCodeAt(0) : value]);
const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer =>
  Buffer.from([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const of = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);
const time = (microseconds: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(microseconds);
  return bytes;
};

const begin = (xid: number): Buffer => of(byte('B'), int32(0x16), int32(0xb374d848), time(86_400_000_000n), int32(xid));
const commit = of(byte('C'), byte(0), int32(0x16), int32(0xb374d848), int32(0x16), int32(0xb374d900), time(0n));
const column = (name: string, isKey: boolean): Buffer => of(byte(isKey ? 1 : 0), text(name), int32(23), int32(0));
const relation = (oid: number, schema: string, name: string, ...columns: readonly Buffer[]): Buffer =>
  of(byte('R'), int32(oid), text(schema), text(name), byte('d'), int16(columns.length), ...columns);
const row = (...cells: readonly (string | null | undefined)[]): Buffer =>
  of(
    int16(cells.length),
    ...cells.map(cell => {
      if (cell === null) return byte('n');
      return cell === undefined ? byte('u') : of(byte('t'), int32(Buffer.byteLength(cell)), Buffer.from(cell));
    }),
  );

const id = { name: 'id', isKey: true };
const note = { name: 'note', isKey: false };
const item = { schema: 'public', name: 'item', columns: [id, note] };
const items = relation(1, 'public', 'item', column('id', true), column('note', false));
const cell = (value: string) => ({ kind: 'text', text: value }) as const;
const none = { kind: 'null' } as const;
const changes = (...messages: readonly Buffer[]): readonly RowChange[] | undefined =>
  decodeTransactions([begin(7), items, ...messages, commit])[0]?.changes;

describe('a transaction', () => {
  it('has its number, its place in the WAL and its time', () => {
    expect(decodeTransactions([begin(7), commit])).toEqual([
      {
        xid: 7,
        finishLsn: '16/B374D848',
        endLsn: '16/B374D900',
        committedAt: new Date('2000-01-02T00:00:00Z'),
        changes: [],
      },
    ]);
  });

  it('whose end was not read has none, and comes before the next', () => {
    const [first, second] = decodeTransactions([begin(7), begin(8), commit]);
    expect(first).toMatchObject({ xid: 7, endLsn: null });
    expect(second).toMatchObject({ xid: 8, endLsn: '16/B374D900' });
    expect(decodeTransactions([commit, items])).toEqual([]);
  });
});

describe('a change', () => {
  it('is a row that came, in any script, with NULL and values that were not touched', () => {
    const insert = of(byte('I'), int32(1), byte('N'), row('1', 'größer'));
    expect(changes(insert)).toEqual([{ kind: 'insert', table: item, row: [cell('1'), cell('größer')] }]);
    const update = of(byte('U'), int32(1), byte('N'), row(null, undefined));
    expect(changes(update)).toEqual([{ kind: 'update', table: item, old: null, row: [none, { kind: 'unchanged' }] }]);
  });

  it('has the old row by its key alone, or whole', () => {
    const update = (letter: string): Buffer =>
      of(byte('U'), int32(1), byte(letter), row('1', null), byte('N'), row('2', 'b'));
    expect(changes(update('K'), update('O'))).toMatchObject([
      { kind: 'update', old: { kind: 'key', row: [cell('1'), none] }, row: [cell('2'), cell('b')] },
      { kind: 'update', old: { kind: 'full' }, row: [cell('2'), cell('b')] },
    ]);
    expect(changes(of(byte('D'), int32(1), byte('K'), row('1', null)))).toEqual([
      { kind: 'delete', table: item, old: { kind: 'key', row: [cell('1'), none] } },
    ]);
  });

  it('empties several tables at once', () => {
    const other = relation(2, '', 'pg_other');
    expect(changes(other, of(byte('T'), int32(2), byte(0), int32(1), int32(2)))).toEqual([
      { kind: 'truncate', tables: [item, { schema: 'pg_catalog', name: 'pg_other', columns: [] }] },
    ]);
  });

  it('is none of what changes no row, and a bug of a table that was not described', () => {
    expect(changes(of(byte('O'), int32(0), int32(1), text('origin')), of(byte('D'), int32(1), byte('N')))).toEqual([]);
    expect(() => changes(of(byte('I'), int32(9), byte('N'), row()))).toThrow('did not describe');
  });
});
