const parts = ['continuous', 'failback', 'dump'];

/** One line a cell: what came of continuous with cutover, of failback, and of dump. */
export function matrixLines({ cells, results }) {
  return cells.map(cell => {
    const result = results[cell];
    const [pair, kind] = cell.split('/');
    const words = result === undefined ? 'not run' : parts.map(part => `${part} ${wordOf(result[part])}`).join(', ');
    return `${pair.replace('-', ' to ').padEnd(8)}  ${kind.padEnd(26)}  ${words}`;
  });
}

function wordOf(outcome) {
  if (outcome.kind === 'blocked') return `blocked by ${outcome.codes.join(' ')}`;
  return outcome.kind === 'passed' ? 'passed' : `FAILED (${outcome.message.trim().split('\n').at(-1)})`;
}

/**
 * What docs/matrix.md says of cells that were not run now: it was made from the results of earlier runs.
 * @returns `{ "12-13/superuser": { versions, continuous, failback, dump } }`
 */
export function resultsOfPage(page) {
  const servers = / on real servers: (.*)\.$/m.exec(page)?.[1].split(', ') ?? [];
  const versionOf = major => servers.find(version => Number.parseInt(version, 10) === Number(major)) ?? major;
  const results = {};
  for (const [, kind, rows] of page.matchAll(/^## Rights: (.*)\n\n\|.*\n\|.*\n((?:\|.*\n)*)/gm))
    for (const row of rows.trim().split('\n')) {
      const [pair, ...cells] = row
        .slice(1, -1)
        .split('|')
        .map(cell => cell.trim());
      const [from, to] = pair.split(' → ');
      const outcomes = Object.fromEntries(parts.map((part, index) => [part, outcomeOf(cells[index] ?? '')]));
      results[`${from}-${to}/${kind}`] = { versions: [versionOf(from), versionOf(to)], ...outcomes };
    }
  return results;
}

function outcomeOf(cell) {
  if (cell === 'passed') return { kind: 'passed' };
  return cell === '**failed**'
    ? { kind: 'failed', message: 'in an earlier run' }
    : { kind: 'blocked', codes: cell.split(', ') };
}

/** docs/matrix.md */
export function matrixPage(matrix, findings) {
  const kinds = [...new Set(matrix.cells.map(cell => cell.split('/')[1]))];
  const pairs = [...new Set(matrix.cells.map(cell => cell.split('/')[0]))];
  const outcomes = Object.values(matrix.results).flatMap(result => parts.map(part => result[part]));
  const codes = [...new Set(outcomes.flatMap(outcome => outcome.codes ?? []))].sort();
  const count = kind => outcomes.filter(outcome => outcome.kind === kind).length;
  const versions = [...new Set(Object.values(matrix.results).flatMap(result => result.versions))].sort(byVersion);
  return `# What works between which versions, with which rights

Made by \`npm run matrix\`, which carries out every cell of these tables on real servers: ${versions.join(', ')}.

- *continuous*: copy, later changes follow, cutover; then close. *failback*: back to the source with what was written on the target, and another cutover. *dump*: one copy, nothing left running.
- After each, both sides are compared row by row without pgm's own code, and nothing of pgm's may be left on either server.
- A code is the finding that blocks it: \`pgm plan\` names it, with what would help, before anything is changed.${codes.includes('PGM304') ? '\n- PGM304 says that the target held rows already in that run; it is not about the versions or the rights.' : ''}

${count('passed')} passed, ${count('blocked')} blocked by a finding, ${count('failed')} failed.

## The kinds of rights

| | source | target |
|---|---|---|
| superuser | superuser | superuser |
| aiven_extras on the source | no superuser, owns the database but no table; REPLICATION, pg_signal_backend, rights on the tables and sequences | superuser |
| aiven_extras on the target | superuser | owns the database; REPLICATION, pg_signal_backend, member of the tables' owners |
| aiven_extras on both | as above | as above |
| pg_create_subscription | owns the database; REPLICATION, pg_signal_backend, member of the tables' owners, pg_create_subscription (16 on) | CREATEDB, REPLICATION, pg_signal_backend, member of the tables' owners, pg_create_subscription (16 on) |
| SELECT only | pg_read_all_data (14 on), or USAGE and SELECT | CREATEDB |

The statements of the last two are those of [security.md](security.md#with-the-fewest-rights), which are read from there. aiven_extras is a double here, with the functions of 1.1.18 as they are documented.

${kinds.map(kind => table(matrix, kind, pairs)).join('\n')}
## The findings

${codes.map(code => `- ${findingOf(code, findings)}`).join('\n')}
`;
}

function byVersion(one, other) {
  return Number.parseFloat(one) - Number.parseFloat(other) || one.localeCompare(other);
}

function table({ results }, kind, pairs) {
  const rows = pairs.map(
    pair =>
      `| ${pair.replace('-', ' → ')} | ${parts.map(part => short(results[`${pair}/${kind}`][part])).join(' | ')} |`,
  );
  return `## Rights: ${kind}\n\n| versions | continuous | failback | dump |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

function short(outcome) {
  if (outcome.kind === 'blocked') return outcome.codes.join(', ');
  return outcome.kind === 'passed' ? 'passed' : '**failed**';
}

/** `PGM403: title`, with its place on the page of findings. */
function findingOf(code, page) {
  const [, slug, title] = new RegExp(`^### ${code} (\\S+)\\n\\n\\*\\*(.*)\\*\\*`, 'm').exec(page) ?? [];
  return slug === undefined ? code : `[${code}](findings.md#${code.toLowerCase()}-${slug}) ${title}`;
}
