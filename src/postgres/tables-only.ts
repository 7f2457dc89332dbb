/**
 * A scalar query that keeps the session from reading a view or foreign table that took the place of a table while pgm
 * was on its way: a view's functions would run with pgm's rights. Since 12.20, 13.16, 14.13, 15.8 and 16.4; older
 * servers know no such setting, and nothing happens.
 */
export const tablesOnly =
  "(select pg_catalog.set_config(name, 'view, foreign-table', false) from " +
  "pg_catalog.pg_settings where name = 'restrict_nonsystem_relation_kind')";
