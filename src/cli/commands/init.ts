import { existsSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { UserError } from '../../errors.js';
import { writeOwnFile } from '../../own-file.js';
import { goals } from '../../spec/spec.js';
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
    const source = await answerOr(values.source, 'Connection of the source', '${SOURCE_URL}');
    const target = await answerOr(values.target, 'Connection of the target', '${TARGET_URL}');
    const text = initSpec({
      name,
      source,
      target,
      ...(values.method === undefined ? {} : { method: values.method }),
      ...(values.include === undefined ? {} : { include: values.include }),
      ...(values.exclude === undefined ? {} : { exclude: values.exclude }),
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
  return [...new Set(used)].map(name => `  export ${name}=postgres://user@host:5432/postgres\n`).join('');
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
