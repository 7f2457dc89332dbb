import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../src');

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** Files in which the pattern is found. */
const withPattern = (pattern: RegExp): readonly string[] =>
  sources.flatMap(({ path, text }) => (pattern.test(text) ? [path] : [])).toSorted();

/**
 * Every session begins in the one environment: whoever connects otherwise belongs on one of these lists, or in none.
 */
describe('what connects to a server', () => {
  it('is node-postgres, called in one place', () => {
    expect(withPattern(/new (pg\.)?(Client|Pool)\b|net\.connect\(/)).toEqual(['postgres/open-session.ts']);
    expect(withPattern(/\bopenSession\(conninfo/)).toEqual(['postgres/connect.ts', 'postgres/open-session.ts']);
  });

  it("is one of PostgreSQL's programs, called in one place", () => {
    expect(withPattern(/^import .*'node:child_process'/m)).toEqual([
      // git, which knows what a review has changed.
      'ci/changed-specs.ts',
      'cli/demo/run-pgm.ts',
      'cli/demo/server.ts',
      // The user's own program, told of an event.
      'cli/notify.ts',
      // pgm itself, which connects as all of it does.
      'cutover/dead-man.ts',
      // pg_dump --version and its like.
      'inspect/local.ts',
      // The user's own programs: hooks, which end with pgm, and commands that outlive it.
      'postgres/keeper-process.ts',
      'postgres/keeper.ts',
      'postgres/lasting-process.ts',
      'postgres/lasting-program.ts',
      'postgres/program.ts',
    ]);
    expect(withPattern(/\bconnection: \{\s+conninfo/)).toEqual(['copy/archive.ts']);
  });

  it('leaves the environment to one place', () => {
    expect(withPattern(/\bPGOPTIONS:/)).toEqual(['postgres/program.ts']);
    expect(
      withPattern(/\bset (session )?(search_path|datestyle|intervalstyle|timezone|extra_float_digits|bytea_output)\b/i),
    ).toEqual([
      // What a remedy says to type.
      'checks/empty-search-path.ts',
      // A function that pgm leaves on a server, called by others.
      'cutover/fence.ts',
      // As an apply worker has it.
      'replication/try-changes.ts',
    ]);
  });
});
