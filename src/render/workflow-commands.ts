/**
 * Text without what GitHub Actions and Azure Pipelines take for commands (`::error::` where a line begins, blanks or
 * not, `##[error]` and `##vso[…]` anywhere): names and messages of servers stand in what pgm writes, and whoever
 * chooses a name must not write a pipeline's annotations, variables or masks. JSON stays the same JSON.
 */
export function withoutCommands(text: string): string {
  return text.replace(/##(?=\[|vso\[)/gi, '#\\u0023').replace(/^((?:\s|\u001b\[[0-9;]*m)*):(?=:)/gm, '$1\\u003a');
}
