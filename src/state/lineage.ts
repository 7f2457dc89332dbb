/** What a COMMENT by pgm says: whose the object is. */
export interface Lineage {
  /** Migration's name. */
  readonly name: string;
  /** The lockfile's lineage. */
  readonly lineage: string;
  /** What the object is for, e.g. `lane 1`. */
  readonly what: string;
}

const format = 1;
const pattern = /^pgm:(\d+):([a-z][a-z0-9_]{0,29}):([0-9a-f-]{36}):(.*)$/s;

/**
 * Text of the COMMENT that pgm puts on each object it makes: `pgm:<format>:<name>:<lineage>:<what>`.
 * Only objects that carry it are ever altered or dropped, and a lost lockfile is rebuilt from it.
 */
export function formatLineage({ name, lineage, what }: Lineage): string {
  return `pgm:${format}:${name}:${lineage}:${what}`;
}

/** null for a comment that is not pgm's, or of a newer pgm. */
export function parseLineage(comment: string | null | undefined): Lineage | null {
  const [, written, name, lineage, what] = pattern.exec(comment ?? '') ?? [];
  if (name === undefined || lineage === undefined || what === undefined || Number(written) > format) return null;
  return { name, lineage, what };
}

/**
 * True when pgm made the object for the migration of that name.
 * @param lineage only objects of this lineage, where it is known
 */
export function ownedBy(comment: string | null | undefined, name: string, lineage?: string): boolean {
  const found = parseLineage(comment);
  return found !== null && found.name === name && (lineage === undefined || found.lineage === lineage);
}

/**
 * The one lineage that the comments of a migration's objects carry; null: none. Several: the migration was begun anew.
 */
export function lineagesOf(comments: readonly (string | null | undefined)[], name: string): readonly string[] {
  const found = comments.map(parseLineage).filter(each => each !== null && each.name === name);
  return [...new Set(found.map(each => each?.lineage ?? ''))].filter(each => each !== '').sort();
}
