export interface SpecCodeEntry {
  readonly slug: string;
  readonly title: string;
  /** What it means, why it matters and how it is put right. */
  readonly explanation: string;
}

/** Every mistake that reading a spec can find. A code never changes its meaning; new ones go to the end. */
export const specCodes = {
  PGMS001: {
    slug: 'unreadable',
    title: 'The spec file cannot be read',
    explanation:
      'There is no such file, it is a folder, or this user may not read it. Name another ' +
      'file: `pgm plan path/to/pgm.yaml`, or write one with `pgm init`.',
  },
  PGMS002: {
    slug: 'encoding',
    title: 'The spec file is not UTF-8 text',
    explanation: 'Specs are UTF-8. Editors on Windows may save UTF-16: save the file again as UTF-8.',
  },
  PGMS003: {
    slug: 'empty',
    title: 'The spec file is empty',
    explanation: 'The file holds nothing, or comments only. `pgm init` writes a commented spec.',
  },
  PGMS004: {
    slug: 'yaml-syntax',
    title: 'The spec file is not valid YAML',
    explanation:
      'Reading ends at the first mistake of syntax, so nothing after it has been checked. Indent with ' +
      'spaces; put texts with `: `, ` #`, or a leading `*`, `&`, `@`, `%` or `{` in quotes.',
  },
  PGMS005: {
    slug: 'yaml-documents',
    title: 'The spec file holds several YAML documents',
    explanation: 'A spec is one document; the line `---` begins another. Keep each migration in a file of its own.',
  },
  PGMS006: {
    slug: 'yaml-feature',
    title: 'A YAML feature that a spec does not use',
    explanation:
      'Anchors and aliases (`&a`, `*a`), merge keys (`<<`), tags (`!tag`) and keys that are not plain text ' +
      'are refused, so that what stands in a line is what counts, in a review too. Write the value out.',
  },
  PGMS007: {
    slug: 'duplicate-key',
    title: 'A key is given twice',
    explanation: 'Which of the two should hold is not for pgm to guess. Remove one.',
  },
  PGMS010: {
    slug: 'unknown-key',
    title: 'A key that a spec does not have',
    explanation:
      'Nothing in a spec is ignored silently. `pgm schema` prints the keys there are; with the ' +
      'comment `# yaml-language-server: $schema=…` an editor offers them.',
  },
  PGMS011: {
    slug: 'missing-key',
    title: 'A key that a spec must have is missing',
    explanation: 'A spec needs version, name, source and target, and some keys need others below them.',
  },
  PGMS012: {
    slug: 'wrong-type',
    title: 'A value of the wrong type',
    explanation:
      'For example text where a number belongs. Specs are YAML 1.2: true and false are the only truth ' +
      'values (yes, no, on and off are texts), and a number in quotes is text.',
  },
  PGMS013: {
    slug: 'wrong-value',
    title: 'A value that is not allowed',
    explanation:
      'The value has the right type but is none of the choices, out of range, or not in the form that is asked for.',
  },
  PGMS020: {
    slug: 'unset-variable',
    title: 'An environment variable is not set',
    explanation:
      '`${NAME}` is replaced from the environment of pgm. Set the variable, or give a default: `${NAME:-default}`.',
  },
  PGMS021: {
    slug: 'malformed-variable',
    title: 'A `${` that is not a variable',
    explanation:
      'Variables are written `${NAME}` or `${NAME:-default}`; a name is made of ' +
      'letters, digits and underscores, a default holds no `}` and no other variable. ' +
      'For the two characters themselves write `$${`.',
  },
  PGMS030: {
    slug: 'connection',
    title: 'A connection that cannot be understood',
    explanation:
      'Connections follow the rules of libpq: a URI (`postgres://user@host:5432/database?sslmode=require`) ' +
      'or keyword=value pairs. In a URI reserved characters are percent-encoded; the field `password` takes ' +
      'a password as it is.',
  },
  PGMS031: {
    slug: 'no-connection',
    title: 'Nothing says where to connect',
    explanation: 'Give `connection`, or at least `host` or `service`.',
  },
  PGMS032: {
    slug: 'connection-setting',
    title: 'A connection setting that pgm does not use',
    explanation: 'libpq knows the keyword, pgm connects without it. Make sure that this is safe enough for you.',
  },
  PGMS033: {
    slug: 'password-file',
    title: 'The password file is not used',
    explanation:
      'As psql does, pgm passes over a password file that others than its owner may read (`chmod ' +
      '600`), and goes on without a password when the file is missing.',
  },
  PGMS034: {
    slug: 'literal-secret',
    title: 'A password in the spec itself',
    explanation:
      'Specs are made to be kept in git, where a password stays for good. Put it in a variable ' +
      '(`${SOURCE_PASSWORD}`), a password file, a service or PGPASSWORD. pgm goes on with it.',
  },
  PGMS035: {
    slug: 'same-connection',
    title: 'Source and target are the same',
    explanation:
      'Both connections name the same place. Whether two names lead to the same cluster ' +
      'is checked on the servers, by their system identifiers.',
  },
  PGMS040: {
    slug: 'include-and-exclude',
    title: 'Both include and exclude are given',
    explanation: 'Give one: `include` names what to migrate, `exclude` what to leave out.',
  },
  PGMS041: {
    slug: 'empty-include',
    title: 'An empty list would migrate nothing',
    explanation: 'Leave `include` out to migrate everything.',
  },
  PGMS042: {
    slug: 'duplicate-name',
    title: 'A name that is listed twice',
    explanation: 'It may be a slip for another name. Remove or correct it.',
  },
  PGMS043: {
    slug: 'impossible-name',
    title: 'A name that no database can have',
    explanation: 'Names in PostgreSQL have at most 63 bytes. template0 and template1 are never migrated.',
  },
  PGMS044: {
    slug: 'table-pattern',
    title: 'A table pattern without a schema',
    explanation:
      'Patterns are `schema.table`, with `*` and `?` on either side: `audit.log_*`, ' +
      '`*.tmp_*`. There is no search_path to guess the schema from.',
  },
  PGMS045: {
    slug: 'hba-address',
    title: 'Not an address that pg_hba.conf takes',
    explanation:
      'pg_hba.conf takes CIDR ranges (`203.0.113.7/32`, `2001:db8::/32`), host names, ' +
      'domain suffixes (`.example.com`), and samehost, samenet, all.',
  },
  PGMS046: {
    slug: 'hook-form',
    title: 'A hook that mixes programs and arguments',
    explanation:
      'Give one program with its arguments, `[./switch.sh, --now]`, or a list of ' +
      'such lists, `[[./switch.sh, --now], [./notify.sh]]`.',
  },
  PGMS047: {
    slug: 'advertised-password',
    title: 'A password without its role',
    explanation:
      '`advertise: {user, password}` is a role of its own for the other server. Without a user the other ' +
      "server connects as the role of the connection, with that one's password.",
  },
  PGMS050: {
    slug: 'dump-goal',
    title: 'A goal that a dump cannot reach',
    explanation:
      'A dump is a one-time snapshot: nothing keeps the target in sync, so there ' +
      'is no cutover. Its goals are prepared and ready.',
  },
  PGMS051: {
    slug: 'dump-failback',
    title: 'A dump has no reverse replication',
    explanation:
      'cutover.failback needs logical replication from target to source. Use `method: ' +
      'continuous`, or leave `cutover.failback` out.',
  },
  PGMS052: {
    slug: 'without-effect',
    title: 'A setting that has no effect',
    explanation:
      'The setting is for another method or does nothing together with the ' +
      'others. Remove it, or change what makes it idle.',
  },
} as const satisfies Record<string, SpecCodeEntry>;

export type SpecCode = keyof typeof specCodes;
