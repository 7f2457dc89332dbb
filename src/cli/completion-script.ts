import type { CompletedCommand, CompletedOption, Offer } from './completion-words.js';

/**
 * Commands, options, choices, codes, specs and saved plans for bash. The script stands alone: pgm is not started at each
 * Tab.
 */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# bash completion of pgm
_pgm_files() {
  local ending
  COMPREPLY=($(compgen -d -- "$current"))
  for ending in "$@"; do COMPREPLY+=($(compgen -f -X "!*.$ending" -- "$current")); done
}
_pgm() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="" word words="" place=0
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      -*) ;;
      *) if [[ -z "$command" ]]; then command="$word"; else place=$((place + 1)); fi ;;
    esac
  done
  COMPREPLY=()
  if [[ -z "$command" ]]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} help --help --version" -- "$current"))
    return
  fi
  if [[ "$command" == help ]]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$current"))
    return
  fi
  case "$command $previous" in
${commands.flatMap(bashValues).join('\n')}
  esac
  case "$command" in
${commands.map(({ name, options }) => `    ${name}) words="${options.map(({ written }) => written).join(' ')}" ;;`).join('\n')}
  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  case "$command $place" in
${commands.flatMap(bashPlaces).join('\n')}
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _pgm pgm
`;
}

function bashValues({ name, options }: CompletedCommand): string[] {
  return options.flatMap(({ written, value }) =>
    value === null ? [] : [`    "${name} ${written}") ${bashOffer(value)}; return ;;`],
  );
}

function bashPlaces({ name, positionals }: CompletedCommand): string[] {
  return positionals.map((offer, place) => `    "${name} ${place}") ${bashOffer(offer)} ;;`);
}

function bashOffer(offer: Offer): string {
  if (offer.kind === 'words') return `COMPREPLY=($(compgen -W "${offer.words.join(' ')}" -- "$current"))`;
  return offer.endings.length === 0
    ? 'COMPREPLY=($(compgen -f -- "$current"))'
    : `_pgm_files ${offer.endings.join(' ')}`;
}

/** The same for zsh, with the summaries beside the commands. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
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
${commands.map(zshCase).join('\n')}
  esac
}
compdef _pgm pgm
`;
}

function zshCase({ name, options, positionals }: CompletedCommand): string {
  const places = positionals.map((offer, index) => quote(`${index + 1}:${offer.name}:${zshOffer(offer)}`));
  return `    ${name}) _arguments ${[...options.map(zshOption), ...places].join(' ')} ;;`;
}

function zshOption({ written, describe, value }: CompletedOption): string {
  const takes = value === null ? '' : `:${written.slice(2)}:${zshOffer(value)}`;
  return quote(`${written}[${describe.replace(/[[\]:]/g, ' ')}]${takes}`);
}

function zshOffer(offer: Offer): string {
  if (offer.kind === 'words') return `(${offer.words.join(' ')})`;
  return offer.endings.length === 0 ? '_files' : `_files -g "*.(${offer.endings.join('|')})"`;
}

/** The same for fish. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const begun = `not __fish_seen_subcommand_from ${commands.map(({ name }) => name).join(' ')}`;
  return `# fish completion of pgm
complete -c pgm -f
${commands.map(({ name, summary }) => `complete -c pgm -n ${quote(begun)} -a ${name} -d ${quote(summary)}`).join('\n')}
${commands.flatMap(fishCommand).join('\n')}
`;
}

function fishCommand({ name, options, positionals }: CompletedCommand): string[] {
  const within = `complete -c pgm -n ${quote(`__fish_seen_subcommand_from ${name}`)}`;
  const ofOption = options.map(
    ({ written, describe, value }) =>
      `${within} -l ${written.slice(2)} -d ${quote(describe)}${value === null ? '' : ` -r${fishOffer(value)}`}`,
  );
  return [...ofOption, ...positionals.map(offer => `${within}${fishOffer(offer)}`)];
}

function fishOffer(offer: Offer): string {
  if (offer.kind === 'words') return ` -a ${quote(offer.words.join(' '))}`;
  if (offer.endings.length === 0) return ' -F';
  return ` -a ${quote(offer.endings.map(ending => `(__fish_complete_suffix .${ending})`).join(' '))}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
