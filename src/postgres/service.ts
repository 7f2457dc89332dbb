import type { ConninfoProblem } from './conninfo-problem.js';
import { conninfoKeywords } from './conninfo-keywords.js';
import type { Environment } from './environment.js';
import { readServiceSection } from './service-file.js';

/** Values of the service that the description or PGSERVICE names; none where no service is asked for. */
export function serviceValues(
  given: ReadonlyMap<string, string>,
  environment: Environment,
  problems: ConninfoProblem[],
): ReadonlyMap<string, string> {
  const { env } = environment;
  const name = given.get('service') ?? env['PGSERVICE'];
  if (name === undefined || name === '') return new Map();
  const fail = (message: string, hint?: string): ReadonlyMap<string, string> => {
    problems.push({
      kind: 'service',
      severity: 'error',
      message,
      keyword: 'service',
      ...(hint === undefined ? {} : { hint }),
    });
    return new Map();
  };

  const named = given.get('servicefile') ?? env['PGSERVICEFILE'];
  const paths = [
    named ?? (environment.home === undefined ? undefined : `${environment.home}/.pg_service.conf`),
    `${env['PGSYSCONFDIR'] ?? '/etc/postgresql-common'}/pg_service.conf`,
  ];
  for (const path of paths) {
    if (path === undefined) continue;
    let file: ReturnType<Environment['readFile']>;
    try {
      file = environment.readFile(path);
    } catch {
      return fail(`cannot read the service file ${path}`);
    }
    if (file === undefined && path === named) return fail(`the service file ${path} does not exist`);
    if (file === undefined) continue;
    const section = readServiceSection(file.text, name, path);
    if (section.kind === 'missing') continue;
    problems.push(...section.problems);
    for (const keyword of section.values.keys()) {
      if (!conninfoKeywords.has(keyword)) fail(`${path}: unknown connection keyword "${keyword}" in service "${name}"`);
    }
    return section.values;
  }
  return fail(
    `there is no service "${name}"`,
    `Looked for in ${paths.filter(path => path !== undefined).join(' and ')}.`,
  );
}
