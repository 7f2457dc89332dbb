/**
 * Settings that every session may begin with differently and that change what a statement gives or stores. Not among
 * them: client_encoding, which drivers set, and what only changes plans.
 */
export const resultSettingNames = [
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'timezone_abbreviations',
  'default_text_search_config',
  'standard_conforming_strings',
  'backslash_quote',
  'bytea_output',
  'extra_float_digits',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'array_nulls',
  'xmloption',
  'xmlbinary',
  'transform_null_equals',
  'default_transaction_isolation',
  'search_path',
] as const;
