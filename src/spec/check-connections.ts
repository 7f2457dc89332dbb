import type { Conninfo } from '../postgres/conninfo.js';
import type { ConninfoProblem } from '../postgres/conninfo-problem.js';
import type { Environment } from '../postgres/environment.js';
import { readConninfo } from '../postgres/resolve-conninfo.js';
import { resolveBeside } from './beside.js';
import { mistake, warning, type Mistake } from './mistake.js';
import type { SpecView } from './spec-view.js';
import type { Span } from './yaml-tree.js';

const textFields = [
  'connection',
  'host',
  'user',
  'password',
  'passfile',
  'service',
  'database',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
] as const;
const fileFields: readonly string[] = ['passfile', 'sslrootcert', 'sslcert', 'sslkey'];

export interface EndpointReading {
  readonly conninfo: Conninfo | undefined;
  readonly mistakes: readonly Mistake[];
}

/**
 * Reads the connection of `source` or `target`. File names are taken from the spec's folder.
 * @param folder the spec's folder
 */
export function readEndpoint(
  view: SpecView,
  side: 'source' | 'target',
  folder: string,
  environment: Environment,
): EndpointReading {
  const fields: Record<string, string | number> = {};
  for (const field of textFields) {
    const value = view.text([side, field])?.value;
    if (value !== undefined && value !== '')
      fields[field] = fileFields.includes(field) ? resolveBeside(folder, value) : value;
  }
  const port = view.scalar([side, 'port'])?.value;
  if (typeof port === 'number') fields['port'] = port;

  const place = view.keySpan([side]) ?? { start: 0, end: 0 };
  const named =
    ['connection', 'host', 'service'].some(field => view.keySpan([side, field]) !== undefined) ||
    ['PGHOST', 'PGSERVICE'].some(name => (environment.env[name] ?? '') !== '');
  if (!named)
    return {
      conninfo: undefined,
      mistakes: [mistake('PGMS031', place, `${side} says nowhere to connect`, 'Give connection, host or service.')],
    };
  if (view.text([side, 'connection'])?.value.trim() === '') fields['connection'] = '';

  const { conninfo, problems } = readConninfo(fields, environment);
  return {
    conninfo,
    mistakes: problems.map(problem =>
      connectionMistake(problem, placeOf(view, side, problem) ?? place, isMixed(view, side)),
    ),
  };
}

/** Reads a connection that is one string: the state's, or PgBouncer's. */
export function readConnectionText(
  view: SpecView,
  path: readonly string[],
  defaultDatabase: string,
  environment: Environment,
): EndpointReading {
  const text = view.text(path);
  if (text === undefined) return { conninfo: undefined, mistakes: [] };
  const { conninfo, problems } = readConninfo(text.value, environment, { defaultDatabase });
  return { conninfo, mistakes: problems.map(problem => connectionMistake(problem, text.span, false)) };
}

/** The field that the problem is about, else the connection string. */
function placeOf(view: SpecView, side: string, problem: ConninfoProblem): Span | undefined {
  const field = problem.keyword === 'dbname' ? 'database' : (problem.keyword ?? 'connection');
  return view.node([side, field])?.span ?? view.node([side, 'connection'])?.span;
}

/** A variable stands in the middle of the connection string, where its value would have to be encoded. */
function isMixed(view: SpecView, side: string): boolean {
  const scalar = view.scalar([side, 'connection']);
  return scalar !== undefined && scalar.variables.length > 0 && !/^\$\{[^}]*\}$/.test(scalar.text);
}

function connectionMistake(problem: ConninfoProblem, span: Span, mixed: boolean): Mistake {
  if (problem.severity === 'warning')
    return warning(problem.kind === 'file' ? 'PGMS033' : 'PGMS032', span, problem.message, problem.hint);
  const hint =
    mixed && problem.kind === 'syntax'
      ? 'A variable inside of a connection string must hold text that is encoded for it; ' +
        'give a password as it is in the field password instead.'
      : problem.hint;
  return mistake('PGMS030', span, problem.message, hint);
}
