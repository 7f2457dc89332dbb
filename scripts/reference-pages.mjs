// Pages of docs/reference, from the commands' own tables and the schemas: what help and `pgm schema` say, in one place.

const cell = text => String(text).replaceAll('\n', ' ').replaceAll('|', '\\|');
const table = (head, rows) =>
  rows.length === 0
    ? []
    : [
        `| ${head.join(' | ')} |`,
        `|${'---|'.repeat(head.length)}`,
        ...rows.map(row => `| ${row.map(cell).join(' | ')} |`),
        '',
      ];
const made = from => `This page is made from ${from} by \`npm run generate\`.`;
const page = lines => `${lines.join('\n').trimEnd()}\n`;

/** Every command with its arguments, options and examples, then the exit codes. */
export function commandsPage(commands, globalOptions, exitCodes) {
  return page([
    '# Commands and exit codes',
    '',
    '`pgm COMMAND -h` shows the same in the terminal. Commands take the spec as their last argument; without one they ' +
      'read `pgm.yaml`.',
    '',
    made('the tables of `src/cli/commands`'),
    '',
    ...table(
      ['command', 'what it does'],
      commands.map(({ name, summary }) => [`[\`${name}\`](#pgm-${name})`, summary]),
    ),
    '## Exit codes',
    '',
    'What to do about each: [Runbook](../runbook.md#exit-codes).',
    '',
    ...table(['code', 'means'], exitCodes),
    '## Options of every command',
    '',
    ...options(globalOptions),
    ...commands.flatMap(commandPart),
  ]);
}

function commandPart({ name, summary, details, examples, positionals, options: own }) {
  const usage = Object.entries(positionals).map(([argument, { demandOption }]) =>
    demandOption === true ? argument.toUpperCase() : `[${argument.toUpperCase()}]`,
  );
  return [
    `## pgm ${name}`,
    '',
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}. ${(details ?? []).join(' ')}`.trim(),
    '',
    '```text',
    ['pgm', name, ...usage, '[options]'].join(' '),
    '```',
    '',
    ...table(
      ['argument', 'means'],
      Object.entries(positionals).map(([argument, { describe, default: value }]) => [
        `\`${argument.toUpperCase()}\``,
        `${describe ?? ''}${value === undefined ? '' : ` (default: ${value})`}`,
      ]),
    ),
    ...options(own),
    ...table(
      ['example', 'does'],
      examples.map(([line, does]) => [`\`${line}\``, does]),
    ),
  ];
}

function options(list) {
  return table(
    ['option', 'means'],
    Object.entries(list).map(([name, option]) => [`\`${written(name, option)}\``, meaning(option)]),
  );
}

function written(name, { type, placeholder, choices, negated, alias }) {
  const value = type === 'boolean' ? '' : ` ${placeholder ?? choices?.join('|') ?? 'VALUE'}`;
  return `${alias === undefined ? '' : `-${alias}, `}--${negated === true ? 'no-' : ''}${name}${value}`;
}

function meaning({ describe, type, default: value }) {
  const standard = type === 'string' && value !== undefined && value !== '' ? ` (default: ${value})` : '';
  return `${describe ?? ''}${standard}`;
}

/** Every key of the spec with its type, default and meaning. */
export function specPage(schema) {
  return page([
    '# The spec',
    '',
    `${schema.description} \`pgm validate\` checks a spec without a server, \`pgm schema\` prints the JSON Schema that this page is made from.`,
    '',
    made('`schemas/pgm.schema.json`'),
    '',
    ...Object.entries(schema.properties).flatMap(([key, value]) => keyPart(key, resolved(value, schema), schema)),
  ]);
}

function keyPart(key, value, schema) {
  return [
    `## ${key}`,
    '',
    sentence(value.description, kindOf(value)),
    '',
    ...table(['key', 'value', 'means'], rowsOf('', value, schema)),
    ...(value.examples === undefined
      ? []
      : [`For example ${value.examples.map(each => `\`${key}: ${flow(each)}\``).join(', ')}.`, '']),
  ];
}

const sentence = (text, kind) => (kind === '' ? text : `${text} Value: ${kind}.`);

/** Keys below, with dots between them. */
function rowsOf(prefix, value, schema) {
  return Object.entries(value.properties ?? {}).flatMap(([name, raw]) => {
    const child = resolved(raw, schema);
    return [
      [`\`${prefix}${name}\``, kindOf(child), child.description ?? ''],
      ...rowsOf(`${prefix}${name}.`, child, schema),
    ];
  });
}

/** `locks, read_only, none; default: locks`. */
function kindOf(value) {
  const named = value.enum ?? (value.const === undefined ? undefined : [value.const]);
  const kind = named?.map(each => `\`${each}\``).join(', ') ?? [value.type ?? []].flat().join(' or ');
  const standard = value.default === undefined ? '' : `default: \`${flow(value.default)}\``;
  const words = [kind === 'object' ? '' : kind, standard].filter(text => text !== '');
  return words.length === 0 ? '' : words.join('; ');
}

function resolved(value, schema) {
  if (value.$ref === undefined) return value;
  const { $ref, ...own } = value;
  return { ...schema.definitions[$ref.split('/').at(-1)], ...own };
}

/** YAML in one line. */
function flow(value) {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (value !== null && typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, each]) => `${key}: ${flow(each)}`)
      .join(', ')}}`;
  return typeof value === 'string' && /[{}[\],:#*&!|>'"%@`]|^$|^\d+$/.test(value)
    ? JSON.stringify(value)
    : String(value);
}

/** Which command prints which object, with its fields. `schemas`: by the name that `pgm schema` takes. */
export function jsonPage(schemas) {
  return page([
    '# JSON outputs',
    '',
    'Each has a JSON Schema: `pgm schema plan` prints that of the plan. Fields are added in minor versions and keep their meaning; ' +
      '`format_version` changes when one does not. With `--json` nothing but JSON is on stdout; progress and errors for ' +
      'people are on stderr, and a command that fails ends with an object all the same.',
    '',
    made('the schemas'),
    '',
    ...Object.entries(schemas).flatMap(([name, schema]) => [
      `## ${name}`,
      '',
      schema.description ?? '',
      '',
      ...table(
        ['field', 'type', 'means'],
        Object.entries(schema.properties ?? {}).map(([field, raw]) => {
          const value = resolvedIn(raw, schema);
          return [`\`${field}\``, typeOf(value), value.description ?? ''];
        }),
      ),
      ...table(
        ['line', 'means'],
        (schema.oneOf ?? []).map(raw => {
          const value = resolvedIn(raw, schema);
          return [`\`${value.properties?.type?.const ?? value.title ?? ''}\``, value.description ?? fieldsOf(value)];
        }),
      ),
    ]),
  ]);
}

const fieldsOf = ({ properties }) =>
  Object.keys(properties ?? {})
    .filter(name => name !== 'type')
    .map(name => `\`${name}\``)
    .join(', ');

function resolvedIn(value, schema) {
  const list = schema.definitions ?? schema.$defs ?? {};
  if (value.$ref === undefined) return value;
  const { $ref, ...own } = value;
  return { ...list[$ref.split('/').at(-1)], ...own };
}

function typeOf(value) {
  if (value.enum !== undefined) return value.enum.map(each => `\`${each}\``).join(', ');
  if (value.const !== undefined) return `\`${value.const}\``;
  if (value.oneOf !== undefined || value.anyOf !== undefined) return 'one of several';
  return [value.type ?? 'object'].flat().join(' or ');
}
