import { beforeAll, describe, expect, it } from 'vitest';
import { installAivenExtras } from '../rights/aiven-extras/install.js';
import { canBeSource, clientVariables, embeddedBin } from '../support/majors.js';
import { useWorkspace } from '../support/pgm.js';
import { logicalSettings, useServers, value } from '../support/servers.js';
import { choose, expectedBlock, kinds, pairName, pairs, parts, type Kind, type Pair } from './cells.js';
import { addResult } from './results.js';
import { runCell } from './run-cell.js';
import { prepareServer } from './standing.js';

/** `npm run matrix` says which, and where to; without it a few cells run. */
const results = process.env['PGM_MATRIX_RESULTS'];
const short: readonly (readonly [string, readonly string[]])[] = [
  ['12-13', ['aiven_extras on both']],
  ['12-18', ['superuser', 'SELECT only']],
  ['18-19', ['superuser']],
  ['19-19', ['pg_create_subscription']],
  ['17-18', ['aiven_extras on the source', 'pg_create_subscription']],
];

function cellsToRun(): readonly (readonly [Pair, readonly Kind[]])[] {
  if (results === undefined)
    return short.flatMap(([pair, names]) =>
      choose(pairs, pairName, pair).map(found => [found, choose(kinds, ({ name }) => name, names.join(','))] as const),
    );
  const chosen = choose(kinds, ({ name }) => name, process.env['PGM_MATRIX_RIGHTS']);
  return choose(pairs, pairName, process.env['PGM_MATRIX_PAIRS']).map(pair => [pair, chosen] as const);
}

const cells = cellsToRun();
/** Servers 12, 13, 15 and 17 come for one platform only, and a source needs a pg_dump that is not older. */
const canRun = ([from, to]: Pair): boolean =>
  canBeSource(from) && embeddedBin(from) !== undefined && embeddedBin(to) !== undefined;

describe.each(cells.filter(([pair]) => canRun(pair)))('from %o', (pair, chosen) => {
  const [from, to] = pair;
  installAivenExtras(from);
  installAivenExtras(to);
  const servers = useServers({
    source: { major: from, embedded: true, settings: logicalSettings },
    target: { major: to, embedded: true, settings: logicalSettings },
  });
  const workspace = useWorkspace();
  beforeAll(async () => {
    Object.assign(workspace.environment, clientVariables(from));
    for (const server of [servers.source, servers.target]) await prepareServer(server);
  });

  it.each(chosen)('$name', async kind => {
    const outcome = await runCell(servers, kind, workspace);
    if (results !== undefined)
      await addResult(results, `${pairName(pair)}/${kind.name}`, outcome, [
        await version(servers.source),
        await version(servers.target),
      ]);
    for (const part of parts) {
      const codes = [...(from > to ? ['PGM107'] : []), ...expectedBlock(pair, kind, part)];
      expect.soft(outcome[part], part).toEqual(codes.length === 0 ? { kind: 'passed' } : { kind: 'blocked', codes });
    }
  });
});

describe.skip.each(cells.filter(([pair]) => !canRun(pair)))(
  'from %o: no such server, or too old a pg_dump, here',
  (_pair, chosen) => {
    it.each(chosen)('$name', () => undefined);
  },
);

async function version(server: Parameters<typeof value>[0]): Promise<string> {
  return (await value(server, 'postgres', "select split_part(current_setting('server_version'), ' ', 1)")) ?? '?';
}
