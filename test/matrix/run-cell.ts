import { compareDatabases } from '../support/compare.js';
import { lastLeftovers } from '../support/leftovers.js';
import { type Workspace } from '../support/pgm.js';
import { restartCommand, sql, value, type LocalServer } from '../support/servers.js';
import type { Kind, Part } from './cells.js';
import { clearCell, connectionOf, password, prepareCell } from './standing.js';

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'blocked'; readonly codes: readonly string[] }
  | { readonly kind: 'failed'; readonly message: string };

export type CellOutcome = Readonly<Record<Part, Outcome>>;

export interface Servers {
  readonly source: LocalServer;
  readonly target: LocalServer;
}

const passed: Outcome = { kind: 'passed' };

/** Everything that one kind of rights can do between two servers, as a user would do it. Leaves nothing behind. */
export async function runCell(servers: Servers, kind: Kind, workspace: Workspace): Promise<CellOutcome> {
  workspace.environment['MOVER_PASSWORD'] = password;
  const stream = await inDatabase(servers, kind, 'stream', () => continuous(servers, kind, workspace));
  const dumped = await inDatabase(servers, kind, 'dumped', () => dump(servers, kind, workspace));
  return { ...toEnd(stream, ['continuous', 'failback']), ...toEnd(dumped, ['dump']) };
}

type Steps = Partial<Record<Part, Outcome>>;

async function inDatabase(
  { source, target }: Servers,
  kind: Kind,
  database: string,
  work: () => Promise<Steps>,
): Promise<Steps> {
  try {
    await prepareCell(source, target, kind, database);
    return await work();
  } finally {
    await clearCell([source, target], [database]);
  }
}

/** A part that was not reached failed with what stopped the one before it. */
function toEnd<Name extends Part>(steps: Steps, names: readonly Name[]): Record<Name, Outcome> {
  let last: Outcome = { kind: 'failed', message: 'was not run' };
  return Object.fromEntries(
    names.map(name => [
      name,
      (last = steps[name] ?? (last.kind === 'passed' ? { kind: 'failed', message: 'was not reached' } : last)),
    ]),
  ) as Record<Name, Outcome>;
}

async function continuous(servers: Servers, kind: Kind, workspace: Workspace): Promise<Steps> {
  const done: Steps = {};
  const file = specFile(kind, 'stream');
  const spec = (failback: boolean): string =>
    specOf(servers, kind, 'stream', `method: continuous\ncutover: {failback: ${failback}}`);
  workspace.write(file, spec(true));
  const blocks = await blockedBy(workspace, file, 'cutover');
  const onlyWayBack = blocks.length > 0 && blocks.every(code => code === 'PGM312' || code === 'PGM412');
  if (onlyWayBack) {
    done.failback = { kind: 'blocked', codes: blocks };
    workspace.write(file, spec(false));
    const rest = await blockedBy(workspace, file, 'cutover');
    if (rest.length > 0) return { continuous: { kind: 'blocked', codes: rest } };
  } else if (blocks.length > 0) return { continuous: { kind: 'blocked', codes: blocks } };

  let part: Part = 'continuous';
  try {
    await workspace.succeeds('apply', file, '--auto-approve');
    await sql(
      servers.source,
      'stream',
      'update item set price = 0 where id <= 10; delete from sale where id = 3; insert ' +
        "into sale values (5000, '2025-03-01', 7); insert into note (body) values " +
        "('[1]'); update note set tags = null where id = 5",
    );
    await workspace.succeeds('cutover', file, '--auto-approve');
    await assertEqual(servers, 'stream');
    if (done.failback === undefined) {
      part = 'failback';
      await sql(
        servers.target,
        'stream',
        "insert into item (name) values ('made after the cutover'); update sale set item_id = 9 " +
          'where id = 5000; delete from note where id = 7; truncate sale_2024',
      );
      await workspace.succeeds('rollback', file, '--auto-approve');
      await assertEqual(servers, 'stream');
      await assertValue(servers.source, "select code from item where name = 'made after the cutover'", 'i301');
      await sql(servers.source, 'stream', "insert into item (name) values ('made after the way back')");
      await workspace.succeeds('cutover', file, '--auto-approve');
      await assertValue(servers.target, "select code from item where name = 'made after the way back'", 'i302');
      await assertEqual(servers, 'stream');
    }
    await workspace.succeeds('close', file, '--auto-approve');
    await assertEqual(servers, 'stream');
    await assertNothingLeft(servers);
    done.continuous = passed;
    done.failback ??= passed;
  } catch (error) {
    if (part === 'failback') done.continuous = passed;
    done[part] = failed(error);
  }
  return done;
}

async function dump(servers: Servers, kind: Kind, workspace: Workspace): Promise<Steps> {
  const file = specFile(kind, 'dumped');
  workspace.write(file, specOf(servers, kind, 'dumped', 'method: dump'));
  const blocks = await blockedBy(workspace, file, 'ready');
  if (blocks.length > 0) return { dump: { kind: 'blocked', codes: blocks } };
  try {
    await workspace.succeeds('apply', file, '--auto-approve');
    await assertEqual(servers, 'dumped');
    await assertNothingLeft(servers);
    return { dump: passed };
  } catch (error) {
    return { dump: failed(error) };
  }
}

/** Each in a folder of its own: the lockfile lies beside it. */
const specFile = (kind: Kind, database: string): string => `${kind.name.replaceAll(' ', '-')}/${database}/pgm.yaml`;

function specOf({ source, target }: Servers, kind: Kind, database: string, rest: string): string {
  return `version: 1
name: ${database}
source:
  connection: ${connectionOf(source, kind.source)}
  restart: {command: ${JSON.stringify(restartCommand(source))}}
target:
  connection: ${connectionOf(target, kind.target)}
databases: {include: [${database}]}
roles: ${kind.target === 'superuser' ? 'copy' : 'skip'}
${rest}
`;
}

/** Codes of the findings that a plan for this goal is blocked by. */
async function blockedBy(workspace: Workspace, spec: string, goal: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await workspace.pgm('plan', spec, '--goal', goal, '--json');
  if (code === 0) return [];
  if (code !== 6) throw new Error(`pgm plan ended with ${code ?? ''}: ${stdout}${stderr}`);
  const { findings } = JSON.parse(stdout) as {
    readonly findings: readonly { readonly code: string; readonly severity: string }[];
  };
  return [...new Set(findings.filter(({ severity }) => severity === 'error').map(each => each.code))].sort();
}

async function assertEqual({ source, target }: Servers, database: string): Promise<void> {
  const differences = await compareDatabases(source, target, database);
  if (differences.length > 0) throw new Error(`the sides differ: ${differences.join('\n')}`);
}

async function assertValue(server: LocalServer, query: string, expected: string): Promise<void> {
  const found = await value(server, 'stream', query);
  if (found !== expected) throw new Error(`${query}: ${String(found)} instead of ${expected}`);
}

async function assertNothingLeft({ source, target }: Servers): Promise<void> {
  const left = [
    ...(await lastLeftovers(source)).map(what => `on the source: ${what}`),
    ...(await lastLeftovers(target)).map(what => `on the target: ${what}`),
  ];
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
}

function failed(error: unknown): Outcome {
  return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
}
