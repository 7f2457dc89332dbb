import { shownName } from '../postgres/relation-key.js';
import type { SequenceFacts } from '../inspect/facts.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';

/** Percent of a sequence's range. */
const nearlyUsed = 90n;

export const sequencesNearEnd: Check = {
  code: 'PGM512',
  slug: 'sequences-near-end',
  title: 'Sequences near their end',
  scope: 'any',
  momentary: true,
  why: 'A sequence that reaches its end refuses inserts. It is best widened while the tables are moved anyway.',
  decided:
    `last_value of the sequences in scope that do not cycle: more than ${nearlyUsed} percent of the way from ` +
    'start to end. Those that have the whole range of bigint are not checked: nobody uses them up.',
  remedy: 'alter sequence S as bigint; with its column: alter table T alter column C type bigint;',
  run: ({ facts }) =>
    facts.databases.flatMap(({ name: database, source }) =>
      source.sequences.flatMap((sequence): Seen[] => {
        const used = percentUsed(sequence);
        if (!sequence.inScope || used === null || used < nearlyUsed) return [];
        return [
          {
            severity: 'warning',
            server: 'source',
            database,
            object: shownName(sequence),
            message: `sequence ${shownName(sequence)} has used ${used} % of its values`,
            current: sequence.lastValue,
            required: `less than ${nearlyUsed} %`,
            remedy: widen(sequence),
          },
        ];
      }),
    ),
};

/** An identity column takes its sequence along. Both sides need the wider column: do it before the copy. */
function widen(sequence: SequenceFacts): string {
  const { feeds } = sequence;
  const alone = `alter sequence ${qualifiedName(sequence)} as bigint;`;
  if (feeds === null) return alone;
  const column =
    `alter table ${qualifiedName({ schema: feeds.schema, name: feeds.table })} alter ` +
    `column ${quoteIdentifier(feeds.column)} type bigint;   -- rewrites the table under an exclusive lock`;
  return feeds.identity
    ? `${column}\n${alone.replace(' as bigint;', ' as bigint maxvalue 9223372036854775807;')}`
    : `${alone}\n${column}`;
}

/** null: it cycles, or its value is not to be known. */
function percentUsed({ cycles, lastValue, increment, min, max }: SequenceFacts): bigint | null {
  if (cycles || lastValue === null) return null;
  const [low, high, value] = [BigInt(min), BigInt(max), BigInt(lastValue)];
  if (high === low) return null;
  const gone = BigInt(increment) > 0n ? value - low : high - value;
  return (gone * 100n) / (high - low);
}
