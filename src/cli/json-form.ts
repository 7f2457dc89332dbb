/** Commands whose JSON is a line for each event, and a summary at the end. */
const eventCommands: ReadonlySet<string> = new Set(['apply', 'cutover', 'rollback', 'close', 'stop', 'destroy']);

/**
 * What a command line asks for on stdout, read without its grammar, since it may have mistakes; null: text for people.
 */
export function jsonForm(argv: readonly string[]): 'object' | 'events' | null {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  const at = flags.lastIndexOf('--format');
  const asksFor = flags.includes('--json') || flags.includes('--format=json') || (at >= 0 && flags[at + 1] === 'json');
  if (!asksFor) return null;
  const command = flags.find(each => !each.startsWith('-')) ?? '';
  return eventCommands.has(command) && !flags.includes('--rehearse') ? 'events' : 'object';
}
