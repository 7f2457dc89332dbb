/** A word of a command as a POSIX shell takes it: quoted where the shell would read more into it, on one line. */
export function shellWord(word: string): string {
  if (/[\u0001-\u001f\u007f]/.test(word)) return `$'${word.replace(/[\\'\u0001-\u001f\u007f]/g, octal)}'`;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function octal(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}
