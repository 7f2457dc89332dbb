import { UserError } from '../errors.js';
import { checkMethod } from './check-method.js';
import { checkSelection } from './check-selection.js';
import { parseYaml } from './parse-yaml.js';
import { schemaMistakes } from './schema-mistakes.js';
import { SpecView } from './spec-view.js';
import type { Goal, Method } from './spec.js';
import { validateSchema } from './validate-schema.js';

export interface InitAnswers {
  /** `[a-z][a-z0-9_]{0,29}` */
  readonly name: string;
  /** Connection of the source, best a variable. Default: `${SOURCE_URL}`. */
  readonly source?: string;
  /** The variable that holds the source's password. Default: none is named. */
  readonly sourcePassword?: string;
  /** The same of the target. */
  readonly targetPassword?: string;
  /** Connection of the target. Default: `${TARGET_URL}`. */
  readonly target?: string;
  readonly method?: Method;
  /** Only these databases. */
  readonly include?: readonly string[];
  /** All databases but these. */
  readonly exclude?: readonly string[];
  readonly goal?: Goal;
  /** Where the JSON Schema is, for editors. Default: none. */
  readonly schema?: string;
}

/**
 * A commented spec to start from: what is set, and what else can be.
 * @throws UserError when the answers make no valid spec
 */
export function initSpec(answers: InitAnswers): string {
  const text = writeSpec(answers);
  const { root, mistakes } = parseYaml(text);
  const wrong =
    root === undefined
      ? mistakes
      : [
          ...schemaMistakes(validateSchema(root)),
          ...checkSelection(new SpecView(root)),
          ...checkMethod(new SpecView(root)),
        ];
  const [first] = wrong.filter(({ severity }) => severity === 'error');
  if (first !== undefined)
    throw new UserError(first.message, {
      kind: 'usage',
      code: first.code,
      ...(first.hint === undefined ? {} : { hint: first.hint }),
    });
  return text;
}

function writeSpec(answers: InitAnswers): string {
  const method = answers.method ?? 'auto';
  const isDump = method === 'dump';
  return [
    ...(answers.schema === undefined ? [] : [`# yaml-language-server: $schema=${answers.schema}`]),
    'version: 1',
    line(`name: ${yamlText(answers.name)}`, 'part of the name of every object that pgm creates'),
    '',
    'source:',
    line(`  connection: ${yamlText(answers.source ?? '${SOURCE_URL}')}`, 'URI or keyword string, as psql takes it'),
    line(
      `  ${answers.sourcePassword === undefined ? '# ' : ''}password: \${${answers.sourcePassword ?? 'SOURCE_PASSWORD'}}`,
      'as it is, without percent-encoding; or .pgpass, PGPASSWORD',
    ),
    line('  # advertise: {host: 10.0.0.5}', 'how the target server reaches the source, where that differs'),
    line('  # hba: {addresses: [203.0.113.7/32]}', 'what pg_hba.conf must let in for the target'),
    '  # restart: {command: [sudo, systemctl, restart, postgresql]}   # default: pgm asks you to restart',
    '',
    'target:',
    `  connection: ${yamlText(answers.target ?? '${TARGET_URL}')}`,
    ...(answers.targetPassword === undefined ? [] : [`  password: \${${answers.targetPassword}}`]),
    '',
    line(`method: ${method}`, 'auto | continuous | dump'),
    databases(answers),
    ...(isDump
      ? []
      : [
          line(
            '# replica_identity: {missing: block}',
            'block | full | exclude: tables without a usable replica identity',
          ),
        ]),
    line('# copy: {jobs: 4, index_jobs: 2}', 'default: chosen from the cores'),
    line('# verify: full', 'full | sample | counts | off'),
    '',
    ...(isDump ? [] : cutoverLines),
    line(
      `goal: ${answers.goal ?? (isDump ? 'ready' : 'synced')}`,
      isDump ? 'prepared | ready' : 'prepared | synced | cutover | ready',
    ),
    '',
  ].join('\n');
}

function line(yaml: string, comment: string): string {
  return `${yaml.padEnd(38)} # ${comment}`;
}

const cutoverLines = [
  'cutover:',
  line('  timeout: 30s', 'the source is freed again when the write stop lasts longer'),
  line('  failback: true', 'the source follows the target, so that you can roll back'),
  line('  # hooks: {switch: [./switch-dsn.sh]}', 'points the application at the target'),
  '',
];

function databases({ include, exclude }: InitAnswers): string {
  const list = (names: readonly string[]): string => `[${names.map(yamlText).join(', ')}]`;
  if (include !== undefined && include.length > 0) return `databases: {include: ${list(include)}}`;
  if (exclude !== undefined && exclude.length > 0) return `databases: {exclude: ${list(exclude)}}`;
  return line('# databases: {exclude: [scratch]}', 'or include: [...]; default: all');
}

/** Plain where YAML takes it for text and nothing else, in double quotes otherwise. */
function yamlText(value: string): string {
  const isPlain =
    /^(\$\{\w+\}|[A-Za-z_/][\w./@%?&=+-]*(:[\w./@%?&=+-]+)*)$/.test(value) && !/^(true|false|null)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}
