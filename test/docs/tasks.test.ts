import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderExplanation } from '../../src/render/explain-text.js';
import { plain } from '../../src/render/palette.js';
import { readExplanations } from '../../src/cli/explanations.js';
import { root } from './markdown.js';

/** What a stranger comes with, the page that answers it, and words without which it would not be answered. */
const tasks = [
  ['move one RDS database', 'docs/providers/rds-aurora.md', ['rds.logical_replication', 'rds_replication', 'advertise', 'pgm plan']],
  ['try it without servers of my own', 'docs/tutorial.md', ['npm run demo', 'pgm init', 'pgm plan', 'pgm apply']],
  ['the pipeline says exit 7', 'docs/troubleshooting.md', ['Exit 7', 'pgm status', 'pgm apply', 'lockfile']],
  ['undo the cutover', 'docs/runbook.md', ['pgm rollback', 'failback: true', 'git revert']],
  ['upgrade from 14 to 18', 'docs/how-to/major-upgrade.md', ['pg_dump', 'pgm plan', 'pgm cutover', 'pgm rollback']],
  ['leave the audit tables out', 'docs/how-to/filters.md', ['exclude', 'audit.']],
  ['clients behind PgBouncer', 'docs/how-to/pgbouncer.md', ['pgbouncer:', 'admin', 'PAUSE']],
  ['keep passwords out of the logs', 'docs/how-to/secrets.md', ['environment', '.pgpass', 'Vault']],
  ['the disk of the source fills up', 'docs/troubleshooting.md', ['max_retained_wal', 'pgm stop --release']],
  ['which rights the role needs', 'docs/security.md', ['create role', 'pg_read_all_data', 'pg_create_subscription']],
  ['what is locked, and for how long', 'docs/how-it-works.md', ['SHARE UPDATE EXCLUSIVE', 'write stop']],
  ['one of the servers is gone', 'docs/troubleshooting.md', ['pgm destroy --gone', 'pgm close --gone']],
] as const;

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const linksOf = (path: string): string[] =>
  [...read(path).matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)].map(([, to = '']) => join(dirname(path), to));

describe('what a stranger comes with', () => {
  it.each(tasks)('%s: two clicks from README, on %s', (_, page, words) => {
    const first = linksOf('README.md');
    const second = first.filter(to => to.endsWith('.md')).flatMap(linksOf);
    expect([...first, ...second]).toContain(page);
    for (const word of words) expect(read(page)).toContain(word);
  });

  it('what does PGM202 want of me: explained in the terminal, with what to do', async () => {
    const found = (await readExplanations()).find(({ code }) => code === 'PGM202');
    if (found === undefined) throw new Error('PGM202 is not explained');
    const text = renderExplanation(found, plain);
    for (const word of ['max_replication_slots', 'Why it matters', 'What to do', 'restart']) expect(text).toContain(word);
  });
});
