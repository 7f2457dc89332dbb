import type { DefinitionKind } from './definitions/definition.js';

/** How a kind of thing gets to the target. */
export type Brought =
  /** An entry of the archive that pg_dump writes in the copy's snapshot, run as it stands. */
  | 'definition'
  /** Rows or bytes, read in the copy's snapshot. */
  | 'copy'
  /** A statement of pgm's own, for what pg_dump of one database does not see. */
  | 'statement'
  /** Made anew on the target from what is there. */
  | 'computed'
  /** It is the server's, or pgm's or PostgreSQL's own: it stays where it is. */
  | 'stays';

/** What becomes of a change between the copy and the switch, in either direction. */
export type Followed =
  | 'lane'
  /** Brought again before the switch and in its write stop, where it has changed. */
  | 'write stop'
  /** Made again before the switch. */
  | 'before the switch'
  /** Comes with the next `pgm apply`. */
  | 'next apply'
  /** Comes with the next `pgm apply`, and once more before a switch. */
  | 'before every switch'
  /** Comes with the next `pgm apply` as `schema_changes` in the spec says; a switch waits for it. */
  | 'schema changes'
  | 'not';

export type Compared = 'rows' | 'values' | 'part of its table' | 'not';

export interface Kind {
  readonly name: string;
  /** Types of entries that pg_dump writes for it, as `pg_restore --list` shows them. */
  readonly entries: readonly string[];
  /** Catalogs that it lies in. */
  readonly catalogs: readonly string[];
  readonly brought: Brought;
  readonly followed: Followed;
  readonly compared: Compared;
  /** Its definitions as they are compared while it runs. */
  readonly definitions: readonly DefinitionKind[];
  /** Codes of findings that tell of it, before or while it runs. */
  readonly watched: readonly string[];
}

/** A kind whose definitions are compared: PGM615 tells each that differs. */
const defined = (
  definitions: readonly DefinitionKind[],
  followed: Followed,
  watched: readonly string[] = [],
): Pick<Kind, 'definitions' | 'followed' | 'watched'> => ({ definitions, followed, watched: [...watched, 'PGM615'] });

const kind = (
  name: string,
  entries: readonly string[],
  catalogs: readonly string[],
  how: Partial<Omit<Kind, 'name' | 'entries' | 'catalogs'>> = {},
): Kind => ({
  name,
  entries,
  catalogs,
  brought: 'definition',
  followed: 'not',
  compared: 'not',
  definitions: [],
  watched: [],
  ...how,
});

/**
 * Every kind of thing that a server of 12 to 19, or an archive of pg_dump, knows: docs/fidelity.md is made from it, and
 * a test fails where a server or an archive has one that is not named here.
 */
export const kinds: readonly Kind[] = [
  kind('rows of tables and partitions', ['TABLE DATA'], [], {
    brought: 'copy', followed: 'lane', compared: 'rows', watched: ['PGM501', 'PGM503', 'PGM605'],
  }),
  kind('tables', ['TABLE', 'TABLE ATTACH'], ['pg_class', 'pg_attribute', 'pg_inherits', 'pg_partitioned_table'], {
    compared: 'part of its table', ...defined(['table'], 'next apply', ['PGM306', 'PGM509', 'PGM605', 'PGM606', 'PGM607']),
  }),
  kind('columns with defaults, storage, compression, statistics targets', ['DEFAULT'], ['pg_attrdef'], { compared: 'part of its table', ...defined(['column'], 'schema changes') }),
  kind('values of sequences', ['SEQUENCE SET'], [], { brought: 'copy', followed: 'write stop', compared: 'values', watched: ['PGM512'] }),
  kind('sequences', ['SEQUENCE', 'SEQUENCE OWNED BY'], ['pg_sequence'], defined(['sequence'], 'schema changes')),
  kind('large objects, with owners, privileges and comments', ['BLOB', 'BLOBS', 'BLOB METADATA'], ['pg_largeobject', 'pg_largeobject_metadata'], {
    brought: 'copy', followed: 'write stop', compared: 'values', watched: ['PGM505', 'PGM413'],
  }),
  kind('rows of extensions’ configuration tables', [], [], { brought: 'copy', followed: 'write stop', watched: ['PGM507'] }),
  kind('rows of materialized views', ['MATERIALIZED VIEW DATA'], [], { brought: 'computed', followed: 'before the switch', watched: ['PGM506'] }),
  kind('statistics of the planner', ['STATISTICS DATA'], ['pg_statistic', 'pg_statistic_ext_data'], { brought: 'computed' }),
  kind('views and materialized views', ['VIEW', 'MATERIALIZED VIEW', 'RULE'], ['pg_rewrite'], defined(['view', 'rule'], 'schema changes', ['PGM515'])),
  kind('indexes', ['INDEX', 'INDEX ATTACH'], ['pg_index'], defined(['index'], 'schema changes', ['PGM516'])),
  kind('constraints', ['CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT'], ['pg_constraint'], defined(['constraint'], 'schema changes', ['PGM511', 'PGM513'])),
  kind('triggers', ['TRIGGER'], ['pg_trigger'], defined(['trigger'], 'schema changes', ['PGM510'])),
  kind('event triggers', ['EVENT TRIGGER'], ['pg_event_trigger'], defined(['event trigger'], 'not', ['PGM414'])),
  kind('row security', ['ROW SECURITY', 'POLICY'], ['pg_policy'], defined(['policy'], 'schema changes')),
  kind('extended statistics, with their targets', ['STATISTICS'], ['pg_statistic_ext'], defined(['statistics'], 'schema changes')),
  kind('schemas', ['SCHEMA'], ['pg_namespace'], defined(['schema'], 'schema changes')),
  kind('extensions', ['EXTENSION'], ['pg_extension'], defined(['extension'], 'schema changes', ['PGM307', 'PGM415'])),
  kind('functions, procedures, aggregates', ['FUNCTION', 'PROCEDURE', 'AGGREGATE'], ['pg_proc', 'pg_aggregate'], defined(['function'], 'schema changes', ['PGM414'])),
  kind('types and domains', ['TYPE', 'SHELL TYPE', 'DOMAIN'], ['pg_type', 'pg_enum', 'pg_range'], defined(['type'], 'schema changes', ['PGM414'])),
  kind('operators, with their classes and families', ['OPERATOR', 'OPERATOR CLASS', 'OPERATOR FAMILY'], ['pg_operator', 'pg_opclass', 'pg_opfamily', 'pg_amop', 'pg_amproc'], defined(['other'], 'not', ['PGM414'])),
  kind('access methods', ['ACCESS METHOD'], ['pg_am'], { watched: ['PGM414'] }),
  kind('casts', ['CAST'], ['pg_cast'], defined(['other'], 'not')),
  kind('collations', ['COLLATION'], ['pg_collation'], defined(['other'], 'not', ['PGM308'])),
  kind('conversions', ['CONVERSION'], ['pg_conversion'], defined(['other'], 'not')),
  kind('languages and transforms', ['PROCEDURAL LANGUAGE', 'TRANSFORM'], ['pg_language', 'pg_transform'], { watched: ['PGM310', 'PGM414'] }),
  kind('text search', ['TEXT SEARCH CONFIGURATION', 'TEXT SEARCH DICTIONARY', 'TEXT SEARCH PARSER', 'TEXT SEARCH TEMPLATE'], ['pg_ts_config', 'pg_ts_config_map', 'pg_ts_dict', 'pg_ts_parser', 'pg_ts_template'], defined(['other'], 'not')),
  kind('foreign data: wrappers, servers, user mappings, tables', ['FOREIGN DATA WRAPPER', 'SERVER', 'USER MAPPING', 'FOREIGN TABLE'], ['pg_foreign_data_wrapper', 'pg_foreign_server', 'pg_user_mapping', 'pg_foreign_table'], defined(['other'], 'not', ['PGM504', 'PGM414'])),
  kind('publications of the user', ['PUBLICATION', 'PUBLICATION TABLE', 'PUBLICATION TABLES IN SCHEMA'], ['pg_publication', 'pg_publication_rel', 'pg_publication_namespace']),
  kind('subscriptions of the user, disabled', ['SUBSCRIPTION', 'SUBSCRIPTION TABLE'], ['pg_subscription', 'pg_subscription_rel']),
  kind('comments', ['COMMENT'], ['pg_description'], defined(['comment'], 'schema changes')),
  kind('owners and privileges', ['ACL'], ['pg_init_privs'], defined(['owner', 'privilege'], 'schema changes', ['PGM311'])),
  kind('default privileges', ['DEFAULT ACL'], ['pg_default_acl'], defined(['default privilege'], 'not')),
  kind('security labels', ['SECURITY LABEL'], ['pg_seclabel'], { watched: ['PGM517'] }),
  kind('databases: encoding, locale, ICU rules, owner', ['DATABASE'], ['pg_database'], { brought: 'statement', watched: ['PGM308'] }),
  kind('databases: privileges, connection limit', ['DATABASE PROPERTIES'], [], { brought: 'statement', followed: 'before every switch', watched: ['PGM625'] }),
  kind('settings of databases and roles', [], ['pg_db_role_setting'], { brought: 'statement', followed: 'before every switch', watched: ['PGM217', 'PGM419', 'PGM625'] }),
  kind('roles, passwords and memberships', [], ['pg_authid', 'pg_auth_members'], { brought: 'statement', followed: 'before every switch', watched: ['PGM417', 'PGM418', 'PGM625'] }),
  kind('privileges on parameters', [], ['pg_parameter_acl'], { brought: 'statement', followed: 'before every switch', watched: ['PGM625'] }),
  kind('comments on databases and roles', [], ['pg_shdescription'], { brought: 'statement', followed: 'before every switch', watched: ['PGM625'] }),
  kind('security labels of databases and roles', [], ['pg_shseclabel'], { brought: 'stays' }),
  kind('tablespaces, with their options and privileges', [], ['pg_tablespace'], { brought: 'stays', watched: ['PGM309'] }),
  kind('what the server notes for itself', ['ENCODING', 'STDSTRINGS', 'SEARCHPATH'], ['pg_depend', 'pg_shdepend', 'pg_replication_origin'], { brought: 'stays' }),
]; // prettier-ignore

const named: ReadonlySet<string> = new Set(kinds.flatMap(({ entries }) => entries));

/** Types of entries that no kind names: a newer pg_dump knows more than this pgm. */
export function unnamedEntries(entries: readonly { readonly type: string }[]): readonly string[] {
  return [...new Set(entries.map(({ type }) => type))].filter(type => !named.has(type)).sort();
}
