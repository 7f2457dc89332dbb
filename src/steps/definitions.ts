import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { plural } from '../quantities.js';
import { noteColumns, type NotedColumns } from '../state/copied-parts.js';
import { noteColumnsFollowedBack } from '../inspect/definitions/columns-handed-over.js';
import { mirrored, sidesOf, type Direction } from './mirrored-context.js';
import type { StepKind } from './step-kind.js';

export interface DefinitionsInput {
  readonly database: string;
  readonly direction: Direction;
  /** `now`: the next row may need it. `caught up`: all that was written before is applied. */
  readonly when: 'now' | 'caught up';
  readonly objects: readonly string[];
  readonly statements: readonly { readonly statement: string; readonly destroys?: true; readonly alone?: true }[];
  readonly noted: readonly NotedColumns[];
}

/** As the plan shows it. */
export function shownStatement(statement: string): string {
  return `${statement.replace(/;?\s*$/, '')};`;
}

/** The definitions of the side that follows become those of the side in use: what a deploy changed there. */
export const definitions: StepKind<DefinitionsInput> = {
  kind: 'definitions',

  describe: ({ database, direction, when, objects, statements }) => ({
    title:
      `${when === 'now' ? 'change' : 'complete'} ${plural(objects.length, 'definition')} as on the ` +
      `${sidesOf(direction).leader}: ${objects.slice(0, 3).join(', ')}${objects.length > 3 ? ` and ${objects.length - 3} more` : ''}`,
    action: statements.some(({ destroys }) => destroys) ? 'delete' : 'update',
    server: sidesOf(direction).follower,
    database,
    object: when === 'now' ? 'first' : 'rest',
    statements: statements.map(({ statement }) => shownStatement(statement)),
    reversible: false,
    impact: {
      locks: [
        `ACCESS EXCLUSIVE on altered tables of the ${sidesOf(direction).follower}, for a moment; replication into them waits`,
      ],
    },
  }),

  async run(given, { database, direction, when, objects, statements, noted }) {
    const context = direction === 'there' ? given : mirrored(given);
    await context.withTarget(database, async follower => {
      const alone = statements.filter(each => each.alone);
      const together = statements.filter(each => !each.alone).map(({ statement }) => statement);
      // New labels of an enum are used by what comes after them, once they are committed.
      if (when === 'now') await oneByOne(follower, alone);
      if (together.length > 0)
        await follower.transaction(async () => {
          // Types that the source changed without touching its rows, as from timestamptz in UTC, leave them here too.
          await follower.execute(
            "set local lock_timeout = '10s'; set local timezone to 'UTC'; set local check_function_bodies to off",
          );
          await inAnyOrder(follower, together, sidesOf(direction));
          if (direction === 'there') await noteColumns(follower, context.spec.name, noted);
        });
      if (when === 'caught up') await oneByOne(follower, alone);
    });
    // A run that ends in between leaves a column that is not known to be followed: made again it is copied again.
    if (direction === 'back')
      await given.withTarget(database, target => noteColumnsFollowedBack(target, context.spec.name, noted));
    return { outcome: plural(objects.length, 'definition') };
  },
};

const brokenIndexSql = `
select format('%I.%I', n.nspname, x.relname) as name
from pg_index i
join pg_class x on x.oid = i.indexrelid
join pg_namespace n on n.oid = x.relnamespace
where not i.indisvalid and x.relkind = 'i' and n.nspname not in ('pg_catalog', 'pg_toast')`;

/** What a build that was cut off has left has the name, and would be taken for the index. */
export async function oneByOne(target: Connection, statements: DefinitionsInput['statements']): Promise<void> {
  for (const { statement } of statements) {
    const name = /^CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS ("(?:[^"]|"")+"|\S+) ON /.exec(statement)?.[1];
    if (name !== undefined)
      for (const broken of await target.rows<{ name: string }>(brokenIndexSql))
        if (broken.name.endsWith(`.${name}`)) await target.execute(`drop index concurrently if exists ${broken.name}`);
    await target.execute(statement);
  }
}

const waitsForOthers = /^(42|2BP01|3F000)/;

/**
 * Duplicate table, object or column: it came with a table of the same run. Whether it is the same, the next plan sees.
 */
const isThere: ReadonlySet<string> = new Set(['42P07', '42710', '42701']);

/**
 * What needs another one that is not there yet is tried again after it. @throws what is refused whatever came before
 */
export async function inAnyOrder(
  target: Connection,
  statements: readonly string[],
  { leader, follower }: ReturnType<typeof sidesOf>,
): Promise<void> {
  let waiting = statements;
  while (waiting.length > 0) {
    const refused: { readonly statement: string; readonly error: unknown }[] = [];
    for (const statement of waiting) {
      await target.execute('savepoint definition');
      try {
        await target.execute(statement);
        await target.execute('release savepoint definition');
      } catch (error) {
        const code = errorCode(error) ?? '';
        if (!waitsForOthers.test(code)) throw error;
        await target.execute('rollback to savepoint definition');
        if (!isThere.has(code)) refused.push({ statement, error });
      }
    }
    const [first] = refused;
    if (first !== undefined && refused.length === waiting.length)
      throw new UserError(`a definition cannot be followed on the ${follower}: ${(first.error as Error).message}`, {
        kind: 'stopped',
        code: 'PGM857',
        hint:
          `do on the ${follower} what leads to the ${leader}'s definition, then run ` +
          `\`pgm apply\` again: ${first.statement}`,
        cause: first.error,
      });
    waiting = refused.map(({ statement }) => statement);
  }
}
