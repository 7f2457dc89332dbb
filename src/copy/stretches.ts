import type { ArchiveEntry } from './archive-script.js';

/** Entries that follow each other in the archive. */
export type Stretch =
  | { readonly kind: 'in order'; readonly entries: readonly ArchiveEntry[] }
  /** Entries of different groups do not depend on each other; those of a group are in their order. */
  | {
      readonly kind: 'apart';
      readonly entries: readonly ArchiveEntry[];
      readonly groups: readonly (readonly ArchiveEntry[])[];
    };

/**
 * Tables with what belongs to them. All else keeps its place: pg_restore itself does nothing beside it, whatever
 * depends on what.
 */
const besideEachOther: ReadonlySet<string> = new Set(['TABLE', 'SEQUENCE', 'SEQUENCE OWNED BY', 'COMMENT']);

/**
 * Cuts a list of entries into stretches, in order. A stretch of tables that is long enough is taken apart into groups.
 * @param least entries that are worth it
 */
export function standApart(entries: readonly ArchiveEntry[], least: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (let from = 0; from < entries.length;) {
    const beside = isBeside(entries[from]);
    let to = from + 1;
    while (to < entries.length && isBeside(entries[to]) === beside) to++;
    const part = entries.slice(from, to);
    stretches.push(
      beside && part.length >= least
        ? { kind: 'apart', entries: part, groups: groupsOf(part) }
        : { kind: 'in order', entries: part },
    );
    from = to;
  }
  return stretches;
}

function isBeside(entry: ArchiveEntry | undefined): boolean {
  return entry !== undefined && besideEachOther.has(entry.type);
}

/** Entries that depend on each other, directly or over others of the list, are of one group. */
function groupsOf(entries: readonly ArchiveEntry[]): readonly (readonly ArchiveEntry[])[] {
  const parent = new Map(entries.map(({ dumpId }) => [dumpId, dumpId]));
  const rootOf = (id: number): number => {
    let root = id;
    for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) root = up;
    // The next look-up is short.
    for (let at = id; at !== root;) {
      const up = parent.get(at) ?? root;
      parent.set(at, root);
      at = up;
    }
    return root;
  };
  for (const { dumpId, dependencies } of entries)
    for (const id of dependencies) if (parent.has(id)) parent.set(rootOf(dumpId), rootOf(id));
  const groups = new Map<number, ArchiveEntry[]>();
  for (const entry of entries) {
    const root = rootOf(entry.dumpId);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [entry]);
    else group.push(entry);
  }
  return [...groups.values()];
}
