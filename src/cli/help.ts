import { layOutTable } from '../render/table.js';
import type { Command, Option, OptionTable } from './command.js';
import { globalOptions } from './command-line.js';

/** Exit codes with what each means, in order. */
export const exitCodeMeanings: readonly (readonly [string, string])[] = [
  ['0', 'ok, or no changes'],
  ['1', 'other failure'],
  ['2', 'changes pending (plan --detailed-exitcode, ci drift)'],
  ['3', 'bad usage or spec'],
  ['4', 'locked by another run'],
  ['5', 'saved plan stale, altered or for other servers'],
  ['6', 'blocked by a finding'],
  ['7', 'stopped part-way: pgm apply goes on'],
  ['8', 'declined at the prompt'],
  ['9', 'verify found differences'],
  ['130', 'interrupted, state saved (143: SIGTERM)'],
];

/** What an exit code means; null for what pgm never ends with. */
export function exitCodeMeaning(code: string): string | null {
  return exitCodeMeanings.find(([each]) => each === (code === '143' ? '130' : code))?.[1] ?? null;
}

/** Help on pgm as a whole: a migration by example, then the commands. */
export function mainHelp(commands: readonly Command[]): string {
  return page(
    [
      [
        'A migration, step by step',
        [
          ['pgm init', 'write a commented spec, pgm.yaml'],
          ['pgm plan', 'see what blocks it and what will be done; changes nothing'],
          ['pgm apply', 'copy the data and keep it in sync'],
          ['pgm status --watch', 'follow it'],
          ['pgm cutover', 'stop writes, drain, verify, open the target'],
          ['pgm close', 'end replication and clean up'],
        ],
      ],
      ['Usage: pgm COMMAND [options]', []],
      ['Commands', commands.map(({ name, summary }) => [name, summary])],
      ['Options of every command', [...optionRows(globalOptions), ['    --version', 'show the version of pgm']]],
      ['Exit codes', exitCodeMeanings],
    ],
    'pgm COMMAND -h shows examples and the options of a command.',
  );
}

/** Help on one command, examples first. */
export function commandHelp(command: Command): string {
  const positionals = Object.entries(command.positionals);
  const usage = [
    'Usage: pgm',
    command.name,
    ...positionals.map(([name, { demandOption }]) =>
      demandOption === true ? name.toUpperCase() : `[${name.toUpperCase()}]`,
    ),
    '[options]',
  ].join(' ');
  const details = [
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    ...(command.details ?? []),
  ].join('\n');
  return page([
    ['Examples', command.examples],
    [`${usage}\n\n${details}`, []],
    ...(positionals.length === 0
      ? []
      : [
          [
            'Arguments',
            positionals.map(
              ([name, { describe, default: value }]) =>
                [
                  name.toUpperCase(),
                  `${describe ?? ''}${value === undefined ? '' : ` (default: ${String(value)})`}`,
                ] as const,
            ),
          ] as const,
        ]),
    ['Options', optionRows({ ...command.options, ...globalOptions })],
  ]);
}

type Section = readonly [title: string, rows: readonly (readonly string[])[]];

function page(sections: readonly Section[], last?: string): string {
  const texts = sections.map(([title, rows]) =>
    rows.length === 0
      ? `${title}\n`
      : `${title}:\n${layOutTable(rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest])).join('\n')}\n`,
  );
  return [...texts, ...(last === undefined ? [] : [`${last}\n`])].join('\n');
}

function optionRows(options: OptionTable): (readonly [string, string])[] {
  return Object.entries(options).map(([name, option]) => [
    `${option.alias === undefined ? '    ' : `-${String(option.alias)}, `}--${option.negated === true ? 'no-' : ''}${name}${valueOf(option)}`,
    describe(option),
  ]);
}

function valueOf(option: Option): string {
  if (option.type === 'boolean') return '';
  return ` ${option.placeholder ?? option.choices?.join('|') ?? 'VALUE'}`;
}

function describe(option: Option): string {
  const standard =
    option.type === 'string' && option.default !== undefined && option.default !== ''
      ? ` (default: ${String(option.default)})`
      : '';
  return `${option.describe ?? ''}${standard}`;
}
