import { onBoth, type Pair } from './sides.js';
import { has } from '../postgres/since.js';

/** The hashing that gives both servers the same number for the same row. */
export interface Dialect {
  /**
   * `values`: hash_record_extended() over typed values, 14 and later: about twice as fast as text.
   * `text`: hashtextextended() over the row's text. `sha256`: where the servers' own hashes disagree (byte order).
   */
  readonly hash: 'values' | 'text' | 'sha256';
  /** The databases' encodings differ: text is hashed as UTF-8. */
  readonly convert: boolean;
  /** Text comes and goes unharmed, so that a row can be looked up by a key with text in it. */
  readonly textTravels: boolean;
}

/** Asks both servers, with rows of constants, which hashes they agree on. */
export async function chooseDialect(pair: Pair): Promise<Dialect> {
  const { source, target } = await onBoth(async side => {
    const { version, encoding } = await pair[side].row<{ version: number; encoding: string }>(traits);
    const ofValues = has(version, 'rowHashes') ? (await pair[side].row<{ hash: string }>(valuesProbe)).hash : null;
    return { encoding, ofValues, ofText: (await pair[side].row<{ hash: string }>(textProbe)).hash };
  });
  const unencoded = source.encoding === 'SQL_ASCII' || target.encoding === 'SQL_ASCII';
  return {
    hash:
      source.ofText !== target.ofText
        ? 'sha256'
        : source.ofValues !== null && source.ofValues === target.ofValues
          ? 'values'
          : 'text',
    convert: source.encoding !== target.encoding && !unencoded,
    textTravels: !unencoded,
  };
}

const traits = `
  select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding`;

/** A value of every type that is hashed as it is (see {@link file://./expressions.ts}). */
const valuesProbe = `
  select hash_record_extended(row(
    true, 'c'::"char", 'name'::name, 12::int2, -34567::int4, 89012345678901::int8, 4000000000::oid,
    'a text longer than twelve bytes'::text collate "C", 'varchar'::varchar collate "C", 'bpchar'::char(9) collate "C",
      '\\x00ff10'::bytea,
    date '2024-02-29', time '23:59:59.999999', timetz '12:00:00+02', timestamp 'infinity',
      timestamptz '2024-02-29 12:00:00.123456+00',
    uuid '01234567-89ab-cdef-0123-456789abcdef', 1234567.8900::numeric, '-0.00000001'::numeric, 'NaN'::numeric,
      0::numeric,
    inet '192.168.1.7/24', inet '2001:db8::1', cidr '10.0.0.0/8', macaddr '08:00:2b:01:02:03',
      macaddr8 '08:00:2b:01:02:03:04:05', pg_lsn '16/B374D848',
    null::text
  ), 4711)::text as hash`;

const textProbe = `
  select hashtextextended('a text longer than twelve bytes'::text collate "C", 4711)::text as hash`;
