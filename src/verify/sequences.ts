import type { Connection } from '../postgres/connection.js';
import { qualifiedName } from '../postgres/identifiers.js';
import type { TableName } from './catalog.js';
import type { VerifiedDatabase } from './report.js';
import { onBoth, type Pair } from './sides.js';

/** Sequences read in one statement. */
const chunk = 500;

interface SequenceValue {
  readonly number: number;
  readonly value: string;
  /** False: `value` has not been given out yet. */
  readonly called: boolean;
  readonly increment: string;
}

/** The sequences whose next value on the target comes before the source's, or that the target lacks. */
export async function sequencesBehind(
  pair: Pair,
  sequences: readonly TableName[],
): Promise<VerifiedDatabase['sequences']> {
  const behind: VerifiedDatabase['sequences'][number][] = [];
  for (let at = 0; at < sequences.length; at += chunk) {
    const these = sequences.slice(at, at + chunk);
    const { source, target } = await onBoth(side => sequenceValues(pair[side], these));
    for (const [index, { schema, name }] of these.entries()) {
      const here = source.get(index);
      const there = target.get(index);
      if (here !== undefined && isBehind(here, there))
        behind.push({ schema, name, source: here.value, target: there?.value ?? null });
    }
  }
  return behind;
}

function isBehind(source: SequenceValue, target: SequenceValue | undefined): boolean {
  if (target === undefined) return true;
  const step = BigInt(source.increment);
  const distance = next(target, step) - next(source, step);
  return step > 0n ? distance < 0n : distance > 0n;
}

function next({ value, called }: SequenceValue, step: bigint): bigint {
  return BigInt(value) + (called ? step : 0n);
}

async function sequenceValues(
  connection: Connection,
  sequences: readonly TableName[],
): Promise<Map<number, SequenceValue>> {
  const there = await connection.rows<{ number: number; increment: string }>(existing, [
    sequences.map(({ schema }) => schema),
    sequences.map(({ name }) => name),
  ]);
  if (there.length === 0) return new Map();
  const statement = there
    .flatMap(({ number, increment }) => {
      const sequence = sequences[number];
      return sequence === undefined
        ? []
        : [
            `select ${number} as number, last_value::text as value, is_called as called, ` +
              `'${increment}' as increment from ${qualifiedName(sequence)}`,
          ];
    })
    .join('\nunion all\n');
  return new Map((await connection.rows<SequenceValue>(statement)).map(row => [row.number, row]));
}

const existing = `
  select (wanted.number - 1)::int as number, sequence.seqincrement::text as increment
  from unnest($1::text[], $2::text[]) with ordinality as wanted(schema, name, number)
  join pg_namespace as namespace on namespace.nspname = wanted.schema
  join pg_class as class on class.relnamespace = namespace.oid and class.relname = wanted.name
  join pg_sequence as sequence on sequence.seqrelid = class.oid`;
