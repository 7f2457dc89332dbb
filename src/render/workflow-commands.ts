/**
 * Text without what GitHub Actions and Azure Pipelines take for commands (`::error::` where a line begins, blanks or
 * not, `##[error]` and `##vso[…]` anywhere): names and messages of servers stand in what pgm writes, and whoever
 * chooses a name must not write a pipeline's annotations, variables or masks. JSON stays the same JSON.
 */
export function withoutCommands(text: string): string {
  return text.replace(/##(?=\[|vso\[)/gi, '#\\u0023').replace(/^((?:\s|\u001b\[[0-9;]*m)*):(?=:)/gm, '$1\\u003a');
}

export interface Annotation {
  readonly severity: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  /** A path in the repository and a line of it, 1-based. */
  readonly file: string;
  readonly line: number;
}

/**
 * An annotation as GitHub Actions reads it. All that a server or a user named is encoded, so that it stays one command.
 * Source: github.com/actions/toolkit, docs/commands.md.
 */
export function annotationCommand({ severity, title, message, file, line }: Annotation): string {
  const properties = { file, line: String(line), title };
  const encoded = Object.entries(properties).map(([name, value]) => `${name}=${encodedProperty(value)}`);
  return `::${severity} ${encoded.join(',')}::${encodedData(message)}\n`;
}

function encodedData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function encodedProperty(text: string): string {
  return encodedData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
