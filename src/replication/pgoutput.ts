/**
 * One column of a changed row, as pgoutput sends it in text. `unchanged`: a large value that the change did not touch.
 */
export type Cell =
  { readonly kind: 'null' } | { readonly kind: 'unchanged' } | { readonly kind: 'text'; readonly text: string };

export interface ReplicatedTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly isKey: boolean }[];
}

export type RowChange =
  | { readonly kind: 'insert'; readonly table: ReplicatedTable; readonly row: readonly Cell[] }
  | {
      readonly kind: 'update';
      readonly table: ReplicatedTable;
      readonly row: readonly Cell[];
      readonly old: OldRow | null;
    }
  | { readonly kind: 'delete'; readonly table: ReplicatedTable; readonly old: OldRow }
  | { readonly kind: 'truncate'; readonly tables: readonly ReplicatedTable[] };

/** `key`: only columns of the replica identity have values; `full`: all of them. */
export interface OldRow {
  readonly kind: 'key' | 'full';
  readonly row: readonly Cell[];
}

export interface DecodedTransaction {
  readonly xid: number;
  /**
   * Position of its commit record: what ALTER SUBSCRIPTION ... SKIP wants, and what the subscriber's log calls
   * "finished at".
   */
  readonly finishLsn: string;
  /** Position behind it; null when the end was not read. */
  readonly endLsn: string | null;
  readonly committedAt: Date;
  readonly changes: readonly RowChange[];
}

/** Microseconds from 1970 to 2000, where PostgreSQL's time begins. */
const epoch = 946_684_800_000_000n;

/** Decodes messages of pgoutput, protocol version 1: whole transactions, each as it was committed. */
export function decodeTransactions(messages: readonly Buffer[]): readonly DecodedTransaction[] {
  const tables = new Map<number, ReplicatedTable>();
  const transactions: {
    -readonly [Key in keyof DecodedTransaction]: Key extends 'changes' ? RowChange[] : DecodedTransaction[Key];
  }[] = [];
  for (const message of messages) {
    const reader = new Reader(message);
    const kind = reader.letter();
    const current = transactions.at(-1);
    if (kind === 'B') {
      const finishLsn = reader.lsn();
      const committedAt = reader.time();
      transactions.push({ finishLsn, committedAt, xid: reader.int32(), endLsn: null, changes: [] });
    } else if (kind === 'C' && current !== undefined) {
      reader.skip(1 + 8);
      current.endLsn = reader.lsn();
    } else if (kind === 'R') {
      tables.set(reader.int32(), reader.table());
    } else {
      const change = decodeChange(kind, reader, tables);
      if (change !== null) current?.changes.push(change);
    }
  }
  return transactions;
}

/** null for what changes no row: origins, types, messages. */
function decodeChange(kind: string, reader: Reader, tables: ReadonlyMap<number, ReplicatedTable>): RowChange | null {
  const table = (): ReplicatedTable => {
    const found = tables.get(reader.int32());
    if (found === undefined) throw new TypeError('pgoutput sent a change of a relation that it did not describe');
    return found;
  };
  switch (kind) {
    case 'I': {
      const of = table();
      reader.skip(1);
      return { kind: 'insert', table: of, row: reader.row() };
    }
    case 'U': {
      const of = table();
      const old = reader.old();
      if (old !== null) reader.skip(1);
      return { kind: 'update', table: of, old, row: reader.row() };
    }
    case 'D': {
      const of = table();
      const old = reader.old();
      return old === null ? null : { kind: 'delete', table: of, old };
    }
    case 'T': {
      const count = reader.int32();
      reader.skip(1);
      return { kind: 'truncate', tables: Array.from({ length: count }, table) };
    }
    default:
      return null;
  }
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(count: number): void {
    this.#at += count;
  }

  letter(): string {
    return String.fromCharCode(this.#bytes.readUInt8(this.#at++));
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readUInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  lsn(): string {
    const [high, low] = [this.int32(), this.int32()];
    return `${high.toString(16)}/${low.toString(16)}`.toUpperCase();
  }

  time(): Date {
    this.#at += 8;
    return new Date(Number((this.#bytes.readBigInt64BE(this.#at - 8) + epoch) / 1000n));
  }

  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  table(): ReplicatedTable {
    const [schema, name] = [this.text(), this.text()];
    this.skip(1);
    const columns = Array.from({ length: this.int16() }, () => {
      const isKey = (this.#bytes.readUInt8(this.#at++) & 1) === 1;
      const column = { name: this.text(), isKey };
      this.skip(8);
      return column;
    });
    return { schema: schema === '' ? 'pg_catalog' : schema, name, columns };
  }

  /** null: only the new row follows, whose letter is read. */
  old(): OldRow | null {
    const letter = this.letter();
    if (letter === 'N') return null;
    return { kind: letter === 'K' ? 'key' : 'full', row: this.row() };
  }

  row(): readonly Cell[] {
    return Array.from({ length: this.int16() }, (): Cell => {
      const kind = this.letter();
      if (kind === 'n') return { kind: 'null' };
      if (kind === 'u') return { kind: 'unchanged' };
      const length = this.int32();
      this.#at += length;
      return { kind: 'text', text: this.#bytes.toString('utf8', this.#at - length, this.#at) };
    });
  }
}
