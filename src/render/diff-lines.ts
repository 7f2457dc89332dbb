// The package's index has a dozen kinds of diff, which every command would load.
import { structuredPatch } from 'diff/lib/patch/create.js';

export interface DiffLine {
  readonly sign: '-' | '+' | ' ';
  readonly text: string;
}

/**
 * A change as lines: one-line values stand with the name (`- wal_level = replica`),
 * longer texts (pg_hba.conf) as the changed lines with two around them.
 */
export function diffLines({
  name,
  before,
  after,
}: {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}): DiffLine[] {
  if (before.includes('\n') || after.includes('\n')) return changedLines(before, after);
  const lines: DiffLine[] = [];
  if (before !== '') lines.push({ sign: '-', text: `${name} = ${before}` });
  if (after !== '') lines.push({ sign: '+', text: `${name} = ${after}` });
  return lines;
}

function changedLines(before: string, after: string): DiffLine[] {
  const { hunks } = structuredPatch('', '', before, after, undefined, undefined, { context: 2 });
  return hunks.flatMap(hunk =>
    hunk.lines.flatMap(line => {
      const sign = line.charAt(0);
      return sign === '-' || sign === '+' || sign === ' ' ? [{ sign, text: line.slice(1) } as const] : [];
    }),
  );
}
