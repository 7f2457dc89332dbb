import { shellWord } from '../shell-word.js';
import type { ServerFacts, Unreachable } from '../inspect/facts.js';
import type { Spec } from '../spec/spec.js';

/** How PostgreSQL's own programs reach a server of the migration; the password is asked for or comes from ~/.pgpass. */
export function reach(spec: Spec, side: 'source' | 'target', server: ServerFacts | Unreachable): string {
  return [
    `--host=${shellWord(server.host)}`,
    `--port=${server.port}`,
    `--username=${shellWord(spec[side].connection.user)}`,
  ].join(' ');
}

/** A psql command in one database of a server. Without psqlrc, so that nothing but the answer comes out. */
export function psql(
  spec: Spec,
  side: 'source' | 'target',
  server: ServerFacts | Unreachable,
  database: string,
  command: string,
): string {
  return (
    `psql --no-psqlrc ${reach(spec, side, server)} ` + `--dbname=${shellWord(database)} --command=${shellWord(command)}`
  );
}
