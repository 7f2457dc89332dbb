import { relative } from 'node:path';
import type { Spec } from '../spec/spec.js';
import type { Context } from './command.js';

/** Loads the spec; its warnings go to stderr. Throws SpecErrors with all mistakes. */
export async function readSpec(path: string, { terminal }: Pick<Context, 'terminal'>): Promise<Spec> {
  const [{ loadSpec }, { formatDiagnostic }] = await Promise.all([
    import('../spec/load-spec.js'),
    import('../spec/format-diagnostic.js'),
  ]);
  const { spec, diagnostics, text } = loadSpec(path);
  for (const diagnostic of diagnostics)
    terminal.error.write(`${formatDiagnostic(diagnostic, text, { color: terminal.error.palette.level > 0 })}\n`);
  return spec;
}

/** The spec as it would have to be typed after a command: '' for the default. */
export function specArgument(given: string): string {
  const path = relative('', given);
  if (path === 'pgm.yaml') return '';
  return ` ${/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`}`;
}
