import { existsSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { FoundDatabase } from '../../apply/look-at-connection.js';
import { pgmVersion } from '../../apply/version.js';
import { didYouMean } from '../../did-you-mean.js';
import { UserError } from '../../errors.js';
import { writeOwnFile } from '../../own-file.js';
import { formatBytes } from '../../quantities.js';
import { printable } from '../../render/printable.js';
import { goals } from '../../spec/spec.js';
import { withoutPassword, type WithoutPassword } from '../../spec/without-password.js';
import { ask, isTerminal } from '../approval.js';
import { command, type Context } from '../command.js';
import { exitCodes } from '../exit-code.js';
import { specArgument } from '../read-spec.js';

export const initCommand = command({
  name: 'init',
  summary: 'write a commented spec',
  details: [
    'Asks for what is not given by flags, on a terminal; elsewhere it takes the ' +
      'defaults. Connections are best left as variables: ${SOURCE_URL}.',
  ],
  examples: [
    ['pgm init', 'ask, then write pgm.yaml'],
    ['pgm init --name shop', 'connections from ${SOURCE_URL} and ${TARGET_URL}'],
    ['pgm init --name shop --method dump --exclude scratch', 'a one-time copy without the database scratch'],
  ],
  positionals: { file: { type: 'string', default: 'pgm.yaml', describe: 'the file to write' } },
  options: {
    name: { type: 'string', placeholder: 'NAME', describe: 'name of the migration: a-z, 0-9, _, at most 30' },
    source: {
      type: 'string',
      placeholder: 'CONNECTION',
      describe: 'connection of the source (default: ${SOURCE_URL})',
    },
    target: {
      type: 'string',
      placeholder: 'CONNECTION',
      describe: 'connection of the target (default: ${TARGET_URL})',
    },
    method: {
      type: 'string',
      choices: ['auto', 'continuous', 'dump'],
      describe: 'how to move the data (default: auto)',
    },
    include: {
      type: 'string',
      array: true,
      placeholder: 'DATABASE',
      describe: 'migrate only this database; may be repeated',
    },
    exclude: {
      type: 'string',
      array: true,
      placeholder: 'DATABASE',
      describe: 'leave this database out; may be repeated',
    },
    goal: { type: 'string', choices: goals, describe: 'how far to go' },
    force: { type: 'boolean', default: false, describe: 'write over a file that is there' },
  },
  interruption: 'at-once',
  async run(values, context) {
    const { file } = values;
    if (!values.force && existsSync(file))
      throw new UserError(`${file} already exists`, {
        kind: 'usage',
        code: 'PGM824',
        hint: '--force writes over it',
      });
    const { initSpec } = await import('../../spec/init-spec.js');
    const asked = isTerminal();
    const answerOr = async (given: string | undefined, question: string, standard: string): Promise<string> =>
      given ?? (asked ? await answer(question, standard, context) : standard);
    const name = await answerOr(values.name, 'Name of the migration', nameFromFolder());
    const source = withoutPassword(await answerOr(values.source, 'Connection of the source', '${SOURCE_URL}'));
    const seen = asked ? await tryConnection('source', source, context) : [];
    const exclude = values.exclude ?? (values.include === undefined ? await leftOut(seen, context) : undefined);
    const target = withoutPassword(await answerOr(values.target, 'Connection of the target', '${TARGET_URL}'));
    if (asked) await tryConnection('target', target, context);
    const text = initSpec({
      name,
      source: source.connection,
      target: target.connection,
      ...(source.taken ? { sourcePassword: 'SOURCE_PASSWORD' } : {}),
      ...(target.taken ? { targetPassword: 'TARGET_PASSWORD' } : {}),
      schema: schemaAddress(),
      ...(values.method === undefined ? {} : { method: values.method }),
      ...(values.include === undefined ? {} : { include: values.include }),
      ...(exclude === undefined || exclude.length === 0 ? {} : { exclude }),
      ...(values.goal === undefined ? {} : { goal: values.goal }),
    });
    writeSpec(file, text, values.force);
    context.terminal.out.write(
      `Wrote ${file}. Next:\n${variableLines(text)}  pgm ` +
        `validate${specArgument(file)}\n  pgm plan${specArgument(file)}\n`,
    );
    return exitCodes.ok;
  },
});

/** Where editors find the JSON Schema of this version: in the package, as a registry's mirror serves it. */
function schemaAddress(): string {
  return `https://unpkg.com/pgm-migrate@${pgmVersion()}/schemas/pgm.schema.json`;
}

/** Says where a connection leads, or why nowhere: a spec is written all the same. Gives the databases there. */
async function tryConnection(
  side: 'source' | 'target',
  { connection, taken }: WithoutPassword,
  { terminal: { out } }: Context,
): Promise<readonly FoundDatabase[]> {
  if (taken)
    out.print(
      `  The password is not written into the spec: set ${side.toUpperCase()}_PASSWORD in the environment of pgm.\n`,
    );
  const { lookAtConnection } = await import('../../apply/look-at-connection.js');
  const look = await lookAtConnection(connection);
  if (look.kind === 'unknown') {
    out.print(`  ${out.palette.yellow('!')} not tried: ${look.why}\n`);
    return [];
  }
  if (look.kind === 'unreachable') {
    out.print(`  ${out.palette.yellow('!')} ${printable(look.why)}\n`);
    return [];
  }
  out.print(`  ${out.palette.green('✓')} PostgreSQL ${look.version} answers at ${printable(look.address)}\n`);
  return look.databases;
}

/** The databases of the source that somebody wants left out, by name. */
async function leftOut(databases: readonly FoundDatabase[], context: Context): Promise<readonly string[]> {
  if (databases.length < 2) return [];
  context.terminal.out.print(
    `  Databases: ${databases.map(({ name, bytes }) => `${printable(name)} (${formatBytes(bytes)})`).join(', ')}\n`,
  );
  const known = new Set(databases.map(({ name }) => name));
  for (;;) {
    const names = (await answer('Leave out, with spaces between', 'none', context)).split(/[\s,]+/).filter(Boolean);
    const wrong = names.find(name => name !== 'none' && !known.has(name));
    if (wrong === undefined) return names.filter(name => name !== 'none');
    const meant = didYouMean(wrong, known);
    context.terminal.out.print(
      `  There is no database ${printable(wrong)}${meant === undefined ? '' : `: did you mean ${meant}?`}\n`,
    );
  }
}

async function answer(question: string, standard: string, context: Context): Promise<string> {
  const given = (await ask(`${question} [${standard}]: `, context)).trim();
  return given === '' ? standard : given;
}

/** The folder's name, made into one that a migration may have. */
function nameFromFolder(): string {
  const name = basename(resolve('.'))
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '_')
    .replace(/^[^a-z]+/, '')
    .slice(0, 30);
  return name === '' ? 'migration' : name;
}

function variableLines(text: string): string {
  const used = [...text.replace(/#.*/g, '').matchAll(/\$\{(\w+)\}/g)].map(match => match[1] ?? '');
  return [...new Set(used)]
    .map(name => `  export ${name}=${name.endsWith('_PASSWORD') ? '…' : 'postgres://user@host:5432/postgres'}\n`)
    .join('');
}

function writeSpec(file: string, text: string, force: boolean): void {
  try {
    if (force) writeOwnFile(file, text, 0o644);
    else writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`, {
      kind: 'usage',
      code: 'PGM822',
      cause: error,
    });
  }
}
