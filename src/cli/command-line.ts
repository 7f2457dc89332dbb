import { didYouMean } from '../did-you-mean.js';
import { UserError } from '../errors.js';
import type { Command, OptionTable } from './command.js';

/** Options that every command takes. */
export const globalOptions = {
  color: { type: 'boolean', default: true, describe: 'no colours', negated: true },
  debug: { type: 'boolean', default: false, describe: 'show stacks and causes of errors' },
  help: { type: 'boolean', alias: 'h', default: false, describe: 'show this help' },
} as const satisfies OptionTable;

export type Invocation =
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly values: Readonly<Record<string, unknown>>;
      readonly debug: boolean;
    }
  /** `command` null: help on pgm as a whole; `asked` false when there was no command at all. */
  | { readonly kind: 'help'; readonly command: Command | null; readonly asked: boolean };

/**
 * What the user wants, from the words after `pgm`. Throws a UserError of kind `usage`, with what was probably meant.
 */
export async function parseCommandLine(words: readonly string[], commands: readonly Command[]): Promise<Invocation> {
  const at = words.findIndex(word => !word.startsWith('-'));
  const name = words[at];
  const helpAsked = words.includes('--help') || words.includes('-h');
  if (name === undefined) {
    checkOptions(words, globalOptions, null);
    return { kind: 'help', command: null, asked: helpAsked };
  }
  if (name === 'help') {
    const topic = words[at + 1];
    return { kind: 'help', command: topic === undefined ? null : commandNamed(topic, commands), asked: true };
  }
  const command = commandNamed(name, commands);
  if (helpAsked) return { kind: 'help', command, asked: true };
  const rest = words.filter((_, index) => index !== at);
  checkOptions(rest, { ...command.options, ...globalOptions }, command);
  const values = await parseValues(command, rest);
  return { kind: 'run', command, values, debug: values['debug'] === true };
}

function commandNamed(name: string, commands: readonly Command[]): Command {
  const found = commands.find(command => command.name === name);
  if (found !== undefined) return found;
  const names = commands.map(command => command.name);
  const meant = didYouMean(name, names);
  throw usage(
    `unknown command ${name}`,
    meant === undefined ? `the commands are ${names.join(', ')}` : `did you mean pgm ${meant}?`,
  );
}

/** Names, values that are missing, and choices: all before anything is read or connected to. */
function checkOptions(words: readonly string[], options: OptionTable, command: Command | null): void {
  let place = 0;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') return;
    if (!word.startsWith('-') || word === '-') {
      checkPositional(word, place++, command);
      continue;
    }
    const [, dashes = '', name = '', given] = /^(--?)([^=]*)(?:=([^]*))?$/.exec(word) ?? [];
    const option = optionNamed(dashes, name, options);
    if (option === undefined) throw unknownOption(`${dashes}${name}`, options, command);
    if (option.type === 'boolean') continue;
    const value = given ?? words[++index];
    if (value === undefined || (given === undefined && /^-[^\d]/.test(value)))
      throw usage(`option --${name} needs a value`, helpHint(command));
    if (option.choices !== undefined && !option.choices.includes(value))
      throw noChoice(`--${name}`, value, option.choices.map(String));
  }
}

function checkPositional(word: string, place: number, command: Command | null): void {
  const [name, positional] = Object.entries(command?.positionals ?? {})[place] ?? [];
  const choices = positional?.choices as readonly unknown[] | undefined;
  if (name === undefined || choices === undefined || choices.includes(word)) return;
  throw noChoice(name.toUpperCase(), word, choices.map(String));
}

function noChoice(what: string, value: string, choices: readonly string[]): UserError {
  const meant = didYouMean(value, choices);
  return usage(
    `${what} cannot be ${value}`,
    meant === undefined
      ? `it is one of ${choices.join(', ')}`
      : `did you mean ${meant}? It is one of ${choices.join(', ')}.`,
  );
}

function optionNamed(dashes: string, name: string, options: OptionTable): OptionTable[string] | undefined {
  if (dashes === '-') return Object.values(options).find(option => option.alias === name);
  if (Object.hasOwn(options, name)) return options[name];
  const positive = name.startsWith('no-') ? options[name.slice(3)] : undefined;
  return positive?.type === 'boolean' ? positive : undefined;
}

function unknownOption(written: string, options: OptionTable, command: Command | null): UserError {
  const names = Object.entries(options).map(([name, option]) => (option.negated === true ? `no-${name}` : name));
  const meant = didYouMean(written.replace(/^-+/, ''), names);
  return usage(
    `unknown option ${written}${command === null ? '' : ` of pgm ${command.name}`}`,
    meant === undefined ? helpHint(command) : `did you mean --${meant}?`,
  );
}

async function parseValues(command: Command, words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { default: yargs } = await import('yargs');
  const positionals = Object.entries(command.positionals);
  const pattern = positionals
    .map(([name, { demandOption }]) => (demandOption === true ? `<${name}>` : `[${name}]`))
    .join(' ');
  const parser = yargs([...words])
    .scriptName('pgm')
    .help(false)
    .version(false)
    .exitProcess(false)
    .fail(false)
    .parserConfiguration({
      'camel-case-expansion': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .options({ ...command.options, ...globalOptions })
    .command(`$0 ${pattern}`.trim(), command.summary, args => {
      for (const [name, options] of positionals) args.positional(name, options);
    })
    .strict();
  try {
    return withLastOnes(await parser.parseAsync(), command.options);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const missing = positionals
      .filter(([, { demandOption }]) => demandOption === true)
      .map(([name]) => name.toUpperCase());
    const message = /^Not enough non-option/.test(error.message)
      ? `${missing.join(' ')} is missing`
      : error.message.replace(/^Unknown argument/, 'unexpected argument').replace(/\s*\n\s*/g, ' ');
    throw usage(message, helpHint(command));
  }
}

/** What is given twice counts as given last, but for options that take several. */
function withLastOnes(
  values: Readonly<Record<string, unknown>>,
  options: OptionTable,
): Readonly<Record<string, unknown>> {
  const last = ([name, value]: readonly [string, unknown]): readonly [string, unknown] => [
    name,
    Array.isArray(value) && options[name]?.array !== true ? (value.at(-1) as unknown) : value,
  ];
  return Object.fromEntries(Object.entries(values).map(last));
}

function helpHint(command: Command | null): string {
  return `pgm ${command === null ? '' : `${command.name} `}-h shows what there is`;
}

function usage(message: string, hint: string): UserError {
  return new UserError(message, { kind: 'usage', code: 'PGM800', hint });
}
