import type { ConninfoProblem } from './conninfo-problem.js';

export type ServiceSection =
  | {
      readonly kind: 'found';
      readonly values: ReadonlyMap<string, string>;
      readonly problems: readonly ConninfoProblem[];
    }
  | { readonly kind: 'missing' };

/** Reads the section `[name]` of a pg_service.conf text: `keyword=value` lines, `#` comments. */
export function readServiceSection(text: string, name: string, path: string): ServiceSection {
  const values = new Map<string, string>();
  const problems: ConninfoProblem[] = [];
  let inside = false;
  let seen = false;
  for (const [index, rawLine] of text.split(/\r?\n/).entries()) {
    const line = rawLine.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (seen) break;
      inside = line === `[${name}]`;
      seen = inside;
      continue;
    }
    if (!inside) continue;
    const separator = line.indexOf('=');
    const keyword = line.slice(0, separator).trim();
    const where = `${path}:${String(index + 1)}`;
    if (separator === -1)
      problems.push({
        kind: 'service',
        severity: 'error',
        message: `${where}: a line of service "${name}" has no "="`,
        keyword: 'service',
      });
    else if (keyword === 'service')
      problems.push({
        kind: 'service',
        severity: 'error',
        message: `${where}: a service cannot refer to another service`,
        keyword,
      });
    else if (!values.has(keyword)) values.set(keyword, line.slice(separator + 1).trim());
  }
  return seen ? { kind: 'found', values, problems } : { kind: 'missing' };
}
