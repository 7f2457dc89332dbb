import type { Command, Option, OptionTable } from './command.js';
import { globalOptions } from './command-line.js';

/** Commands, options and choices for bash; files elsewhere. The script stands alone: pgm is not started at each Tab. */
export function bashCompletion(commands: readonly Command[]): string {
  const optionCases = commands.map(command => `    ${command.name}) words="${optionWords(command).join(' ')}" ;;`);
  return `# bash completion of pgm
_pgm() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) command="$word"; break ;; esac
  done
  COMPREPLY=()
  if [[ -z "$command" ]]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help --version" -- "$current"))
    return
  fi
  case "$command $previous" in
${choiceCases(commands).join('\n')}
  esac
  case "$command" in
${optionCases.join('\n')}
  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _pgm pgm
`;
}

/** The same for zsh, with the summaries beside the commands. */
export function zshCompletion(commands: readonly Command[]): string {
  const cases = commands.map(
    command =>
      `    ${command.name}) ` +
      `_arguments ${[...zshOptions({ ...command.options, ...globalOptions }), ...zshPositionals(command)].join(' ')} ` +
      ';;',
  );
  return `#compdef pgm
# zsh completion of pgm
_pgm() {
  if (( CURRENT == 2 )); then
    local -a names=(
${commands.map(({ name, summary }) => `      ${quote(`${name}:${summary}`)}`).join('\n')}
    )
    _describe command names
    return
  fi
  local name="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$name" in
${cases.join('\n')}
  esac
}
compdef _pgm pgm
`;
}

function choiceCases(commands: readonly Command[]): string[] {
  const cases = commands.flatMap(({ name, options, positionals }) => [
    ...Object.entries(options).flatMap(([option, { choices }]) =>
      choices === undefined ? [] : [choiceCase(`${name} --${option}`, choices)],
    ),
    ...Object.values(positionals).flatMap(({ choices }) =>
      choices === undefined ? [] : [choiceCase(`${name} ${name}`, choices as readonly unknown[])],
    ),
  ]);
  return cases;
}

function choiceCase(pattern: string, choices: readonly unknown[]): string {
  return `    "${pattern}") COMPREPLY=($(compgen -W "${choices.map(String).join(' ')}" -- "$current")); return ;;`;
}

function optionWords(command: Command): string[] {
  return Object.entries<Option>({ ...command.options, ...globalOptions }).map(([name, { negated }]) =>
    negated === true ? `--no-${name}` : `--${name}`,
  );
}

function zshOptions(options: OptionTable): string[] {
  return Object.entries(options).map(([name, option]) => {
    const value =
      option.type === 'boolean'
        ? ''
        : option.choices === undefined
          ? `:${name}:_files`
          : `:${name}:(${option.choices.join(' ')})`;
    return quote(
      `--${option.negated === true ? 'no-' : ''}${name}[${(option.describe ?? '').replace(/[[\]:]/g, ' ')}]${value}`,
    );
  });
}

function zshPositionals({ positionals }: Command): string[] {
  return Object.entries(positionals).map(([name, { choices }], index) =>
    quote(`${index + 1}:${name}:${Array.isArray(choices) ? `(${choices.join(' ')})` : '_files'}`),
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
