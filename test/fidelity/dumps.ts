import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LocalServer } from '../../src/cli/demo/server.js';
import { clientVariables, type Major } from '../support/majors.js';

const runFile = promisify(execFile);

/**
 * Lines that differ between two dumps of the same database: versions and times, and the key against injected psql
 * commands.
 */
const passing = /^(\\(un)?restrict |-- (Dumped (from|by)|Started on|Completed on) )/;

const nonStandardStrings = /^ALTER .* SET standard_conforming_strings TO 'off';$/;

/**
 * Where the two servers are of different versions, what the newer one says in other words than the older one:
 * - to 15 a membership has no INHERIT, SET and grantor of its own;
 * - to 17 a NOT NULL has no name: 18 gives it one, and pg_dump shows those that it would not have guessed;
 * - to 15 each column in a view or rule is written with its table, from 16 on only where there are several;
 * - from 19 on standard_conforming_strings cannot be off, and pg_dumpall of 19 writes E'\\\\' for older servers alone.
 * On both sides they are taken out. Within one version nothing is.
 */
export function likeVersion(lines: readonly string[], from: Major, to: Major): readonly string[] {
  if (from === to) return lines;
  let inQuery = false;
  const told = lines.map(line => {
    if (/^(CREATE (MATERIALIZED )?VIEW|CREATE RULE|CREATE OR REPLACE VIEW) /.test(line)) inQuery = true;
    const isColumns = inQuery && !/^ *(FROM|JOIN|CREATE|\() /.test(line);
    if (line.endsWith(';')) inQuery = false;
    if (isColumns) return line.replaceAll(/\b[a-z_][a-z0-9_]*\.(?=[a-z_][a-z0-9_]*(?![a-z0-9_(]))/g, '');
    if (from < 16 && to >= 16 && line.startsWith('GRANT '))
      return line.replace(/ WITH INHERIT TRUE GRANTED BY \S+;$/, ';').replace(/, INHERIT TRUE GRANTED BY \S+;$/, ';');
    return from < 18 && to >= 18
      ? line.replace(/ CONSTRAINT (\w+_not_null|"(?:[^"]|"")*_not_null") NOT NULL/, ' NOT NULL')
      : line;
  });
  // pg_dumpall leaves empty lines between its parts, by the server's version.
  const shown = told.filter(line => line !== '');
  if (to < 19) return shown;
  return shown
    .filter(line => !nonStandardStrings.test(line))
    .map(line => line.replace(/ E'/, " '").replaceAll('\\\\', '\\'));
}

/**
 * All that `pg_dump --schema-only --create` sees of a database, in lines.
 * @param newest of the servers that are compared: one pg_dump reads them all
 */
export async function schemaOf(server: LocalServer, database: string, newest?: Major): Promise<string[]> {
  return dump(server, newest, 'pg_dump', '--schema-only', '--create', `--dbname=${database}`);
}

/** All that `pg_dumpall --globals-only` sees of a cluster, but passwords. */
export async function globalsOf(server: LocalServer, newest?: Major): Promise<string[]> {
  return dump(server, newest, 'pg_dumpall', '--globals-only', '--no-role-passwords');
}

async function dump(
  server: LocalServer,
  newest: Major | undefined,
  program: string,
  ...parameters: readonly string[]
): Promise<string[]> {
  const folder = newest === undefined ? undefined : clientVariables(newest).PGM_PG_BIN;
  const { stdout } = await runFile(
    folder === undefined ? program : join(folder, program),
    ['--host=127.0.0.1', `--port=${server.port}`, '--username=postgres', '--no-password', ...parameters],
    { maxBuffer: 1 << 28 },
  );
  return stdout.split('\n').filter(line => !passing.test(line));
}

/**
 * Runs files of this folder by psql, so that each statement is a transaction of its own; `%I` stands for the database's
 * name.
 */
export async function runScripts(server: LocalServer, database: string, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const text = readFileSync(join(import.meta.dirname, name), 'utf8').replaceAll(
      '%I',
      `"${database.replaceAll('"', '""')}"`,
    );
    await runPsql(server, text.startsWith('-- What belongs') ? 'postgres' : database, text);
  }
}

/** @throws Error with what psql said on stderr */
export async function runPsql(server: LocalServer, database: string, script: string): Promise<void> {
  const child = runFile('psql', [
    '-X',
    '-q',
    '-o',
    '/dev/null',
    '-v',
    'ON_ERROR_STOP=1',
    '-h',
    '127.0.0.1',
    '-p',
    String(server.port),
    '-U',
    'postgres',
    '-d',
    database,
  ]);
  child.child.stdin?.end(script);
  await child;
}
