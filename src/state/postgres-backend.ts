import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode, isRetryable, StatementError } from '../postgres/errors.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { Expected, StateBackend } from './backend.js';
import type { Lockfile } from './lockfile.js';
import { checkLockfile } from './check-lockfile.js';
import { assertOwnObjects } from './own-objects.js';
import { createTable, dropTableWhenEmpty, rowOrAbsent } from './postgres-table.js';

const readSql = `
select content
from pgm_state.state
where name = $1`;

const claimSql = `
update pgm_state.state
set token = token + 1
where name = $1
returning token::text`;

const insertSql = `
insert into pgm_state.state (name, serial, token, content)
values ($1, $2, $3, $4)
on conflict (name) do nothing
returning serial`;

const updateSql = `
update pgm_state.state
set serial = $2, content = $4, updated_at = now()
where name = $1
  and token = $3
  and serial = $5
  and content->>'lineage' = $6
returning serial`;

const foundSql = `
select serial::text, token::text, content->>'lineage' as lineage, content = $2 as same
from pgm_state.state
where name = $1`;

const presentSql = `
select serial::text
from pgm_state.state
where name = $1`;

const deleteSql = `
delete from pgm_state.state
where name = $1
  and token = $2
  and serial = $3
returning serial`;

/** Token of a migration whose row is not there yet: the first to insert it wins. */
const firstToken = '1';

/** The lockfile as a row of `pgm_state.state`, for runners that keep no files. One short session a call. */
export class PostgresBackend implements StateBackend {
  readonly kind = 'postgres';
  readonly #conninfo: Conninfo;
  readonly #name: string;

  constructor(conninfo: Conninfo, name: string) {
    this.#conninfo = conninfo;
    this.#name = name;
  }

  describe(): string {
    const { hosts, database } = this.#conninfo;
    return `pgm_state.state in database ${database} on ${hosts.map(({ host, port }) => `${host}:${port}`).join(',')}`;
  }

  async read(): Promise<Lockfile | null> {
    const row = await this.#use(
      async connection => await rowOrAbsent<{ content: unknown }>(connection, readSql, [this.#name]),
    );
    if (row === undefined) return null;
    return checkLockfile(row.content, {
      place: this.describe(),
      name: this.#name,
      remedy:
        `Delete the row (delete from pgm_state.state where name = '${this.#name}'): pgm apply ` +
        'recognises its own objects on the servers and rebuilds it.',
    });
  }

  warnings(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  async claim(): Promise<string> {
    const row = await this.#use(
      async connection => await rowOrAbsent<{ token: string }>(connection, claimSql, [this.#name]),
    );
    return row?.token ?? firstToken;
  }

  async write(next: Lockfile, expected: Expected): Promise<void> {
    const content = JSON.stringify(next);
    const values = [this.#name, next.serial, expected.token, content];
    await retried(async () =>
      this.#use(async connection => {
        if (expected.serial === null) await createTable(connection);
        const written =
          expected.serial === null
            ? await connection.rows(insertSql, values)
            : await connection.rows(updateSql, [...values, expected.serial, next.lineage]);
        if (written.length === 0) await this.#refuse(connection, expected, next);
      }),
    );
  }

  async remove(expected: Expected): Promise<void> {
    await retried(async () =>
      this.#use(async connection => {
        if ((await rowOrAbsent(connection, presentSql, [this.#name])) === undefined) return;
        const removed = await connection.rows(deleteSql, [this.#name, expected.token, expected.serial]);
        if (removed.length === 0) await this.#refuse(connection, expected, null);
        await dropTableWhenEmpty(connection);
      }),
    );
  }

  /** Returns when the row holds just what should be written: an earlier try got through, only its answer was lost. */
  async #refuse(connection: Connection, expected: Expected, next: Lockfile | null): Promise<void> {
    const found = await rowOrAbsent<{ serial: string; token: string; lineage: string; same: boolean | null }>(
      connection,
      foundSql,
      [this.#name, next === null ? null : JSON.stringify(next)],
    );
    if (found?.same === true && found.token === expected.token) return;
    if (found !== undefined && next !== null && found.lineage !== next.lineage) {
      throw new UserError(
        `${this.describe()} is of another lineage (${found.lineage}) than what should be written (${next.lineage}).`,
        {
          code: 'state-foreign',
          hint:
            `It is the state of another migration of the name "${this.#name}": ` +
            'give one of the two another name or database.',
        },
      );
    }
    if (found !== undefined && found.token !== expected.token) {
      throw new UserError(`${this.describe()} was taken over by another run; nothing was written.`, {
        kind: 'locked',
        code: 'lock-lost',
      });
    }
    throw new UserError(
      `${this.describe()} was changed while this run was working: ` +
        `serial ${found?.serial ?? 'none (no row)'}, ` +
        `expected ${expected.serial ?? 'none (no row)'}; nothing was written.`,
      { kind: 'locked', code: 'state-changed', hint: 'Run pgm again: it goes on from what the servers say.' },
    );
  }

  async #use<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await withConnection(this.#conninfo, { purpose: `state of ${this.#name}` }, async connection => {
        await assertOwnObjects(connection, 'pgm_state');
        return use(connection);
      });
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      const refused = errorCode(error) === sqlstate.insufficientPrivilege;
      throw new UserError(`The state in ${this.describe()} cannot be used: ${error.message}.`, {
        code: refused ? 'state-refused' : 'state-unreachable',
        ...(refused
          ? {
              hint:
                `As the database's owner: grant create on database ${quoteIdentifier(this.#conninfo.database)} ` +
                `to ${quoteIdentifier(this.#conninfo.user)}; or let that role own schema pgm_state.`,
            }
          : {}),
        cause: error,
      });
    }
  }
}

/** Milliseconds between tries to store something, while the server restarts or the line is cut: 30 s in all. */
const pauses = [100, 200, 500, 1_000, 2_000, 3_000, 5_000, 8_000, 10_000];

async function retried(work: () => Promise<void>): Promise<void> {
  for (const pause of pauses) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isRetryable(error instanceof UserError ? error.cause : error)) throw error;
      await sleep(pause);
    }
  }
  await work();
}
