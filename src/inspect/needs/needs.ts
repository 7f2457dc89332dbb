/**
 * Something that definitions of the source ask of the server they are made on. Names are as the source knows them.
 * `by` are the first few that need it, as `view app.recent`.
 */
export interface Need {
  readonly what: NeedKind;
  /** A signature, `relation.column`, a file without its ending … */
  readonly name: string;
  readonly by: readonly string[];
  /** How many there are in all. */
  readonly count: number;
}

export type NeedKind =
  /** Called in an expression: any signature of the name with room for the arguments will do. */
  | 'function'
  | 'operator'
  /** Named with its argument types, so exactly that signature. */
  | 'signature'
  /** A column of a view or catalog of PostgreSQL's own. */
  | 'column'
  /** A function of PostgreSQL's own by the name of its code. */
  | 'internal'
  | 'collation'
  | 'locale'
  | 'icu'
  | 'compression'
  /** A row type of PostgreSQL's own as a column's type, with its columns. */
  | 'row-type'
  | 'postfix-operator'
  | 'conversion'
  /**
   * Of a session, which a function sets for itself: `name`, or `name = value` where it is the value that may be gone.
   */
  | 'setting'
  /** `probin`. */
  | 'library'
  /** Of $SHAREDIR/tsearch_data, with its ending. */
  | 'dictionary-file';

/** What is known of a need on the target; what is there is left out. */
export interface Unmet extends Need {
  /** Not known: the target does not let this role look. */
  readonly known: boolean;
}

/** A function that runs where search_path is empty and does not set one itself. */
export interface PathlessFunction {
  /** With schema and argument types. */
  readonly function: string;
  readonly body: string;
  /** The first few of what it runs for. */
  readonly for: readonly string[];
  /** How many there are in all. */
  readonly count: number;
  /** Rows or an index fail with it, and not only a materialized view or statistics. */
  readonly must: boolean;
  /** Words of its body that name something outside pg_catalog. */
  readonly names: readonly UsersName[];
}

export interface UsersName {
  readonly kind: 'function' | 'relation' | 'type' | 'text-search';
  readonly schema: string;
  readonly name: string;
}

/** Values that no constraint of the source forbids and the target may refuse. */
export interface RefusedValues {
  readonly kind: 'index-name' | 'null-in-child';
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** The inheritance parent, as `schema.name`; null where there is none. */
  readonly parent: string | null;
  /** null: the table is too large to be read through for it. */
  readonly found: true | null;
}

/** What would stop the migration of a database in its middle. */
export interface Foreseen {
  readonly unmet: readonly Unmet[];
  readonly pathless: readonly PathlessFunction[];
  readonly refusedValues: readonly RefusedValues[];
  /** In the server's words, why it could not be read; null: it was. */
  readonly failure: string | null;
}
