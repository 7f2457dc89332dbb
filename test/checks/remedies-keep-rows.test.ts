import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endPrepared } from '../../src/replication/end-prepared.js';

/** A statement in a remedy that takes rows away, or what a prepared transaction has promised. */
const losing = /`(?:truncate |drop table |drop column |delete from |rollback prepared |alter table [^`]* drop column )/;

/** How a remedy says so. */
const says = /\blost\b|\bloses?\b|with all|no longer needed|when nothing in it is needed/i;

describe('a remedy that takes rows away says so', () => {
  const folder = 'src/checks';
  const lines = readdirSync(folder)
    .filter(name => name.endsWith('.ts'))
    .flatMap(name => {
      const text = readFileSync(join(folder, name), 'utf8').split('\n');
      return text.flatMap((line, index) =>
        losing.test(line) ? [[`${name}:${index + 1}`, text.slice(index, index + 4).join('\n')] as const] : [],
      );
    });

  it('and there are some', () => {
    expect(lines.length).toBeGreaterThan(5);
  });

  it.each(lines)('%s', (_, statement) => {
    expect(statement).toMatch(says);
  });

  it('and one of a prepared transaction leaves the choice to who coordinates it', () => {
    expect(endPrepared("it's")).toMatch(/^select \* from pg_prepared_xacts where gid = 'it''s'; {3}-- ask/);
  });
});
