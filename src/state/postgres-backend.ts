import { UserError } from '../errors.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode, StatementError } from '../postgres/errors.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { Expected, StateBackend } from './backend.js';
import type { Lockfile } from './lockfile.js';
import { checkLockfile } from './lockfile-text.js';

const createSql = `
create schema if not exists pgm_state;
create table if not exists pgm_state.state (
  name text primary key,
  serial bigint not null,
  token bigint not null,
  content jsonb not null,
  updated_at timestamptz not null default now()
);
comment on schema pgm_state is 'pgm: the state of migrations, one row each';`;

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
select serial::text, token::text, content->>'lineage' as lineage
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
    const row = await this.#use(async connection => await orAbsent<{ content: unknown }>(connection, readSql, [this.#name]));
    if (row === undefined) return null;
    return checkLockfile(row.content, {
      place: this.describe(),
      name: this.#name,
      remedy: `Delete the row (delete from pgm_state.state where name = '${this.#name}'): pgm apply recognises its own objects on the servers and rebuilds it.`,
    });
  }

  warnings(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  async claim(): Promise<string> {
    const row = await this.#use(async connection => await orAbsent<{ token: string }>(connection, claimSql, [this.#name]));
    return row?.token ?? firstToken;
  }

  async write(next: Lockfile, expected: Expected): Promise<void> {
    const values = [this.#name, next.serial, expected.token, JSON.stringify(next)];
    await this.#use(async connection => {
      if (expected.serial === null) await create(connection);
      const written =
        expected.serial === null
          ? await connection.rows(insertSql, values)
          : await connection.rows(updateSql, [...values, expected.serial, next.lineage]);
      if (written.length === 0) throw await this.#refusal(connection, expected, next.lineage);
    });
  }

  async remove(expected: Expected): Promise<void> {
    await this.#use(async connection => {
      const found = await orAbsent<{ serial: string }>(connection, foundSql, [this.#name]);
      if (found === undefined) return;
      const removed = await connection.rows(deleteSql, [this.#name, expected.token, expected.serial]);
      if (removed.length === 0) throw await this.#refusal(connection, expected, null);
      await dropWhenEmpty(connection);
    });
  }

  async #refusal(connection: Connection, expected: Expected, lineage: string | null): Promise<UserError> {
    const found = await orAbsent<{ serial: string; token: string; lineage: string }>(connection, foundSql, [this.#name]);
    if (found !== undefined && lineage !== null && found.lineage !== lineage) {
      return new UserError(`${this.describe()} is of another lineage (${found.lineage}) than what should be written (${lineage}).`, {
        code: 'state-foreign',
        hint: `It is the state of another migration of the name "${this.#name}": give one of the two another name or database.`,
      });
    }
    if (found !== undefined && found.token !== expected.token) {
      return new UserError(`${this.describe()} was taken over by another run; nothing was written.`, { kind: 'locked', code: 'lock-lost' });
    }
    return new UserError(
      `${this.describe()} was changed while this run was working: serial ${found?.serial ?? 'none (no row)'}, expected ${expected.serial ?? 'none (no row)'}; nothing was written.`,
      { kind: 'locked', code: 'state-changed', hint: 'Run pgm again: it goes on from what the servers say.' },
    );
  }

  async #use<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await withConnection(this.#conninfo, { purpose: `state of ${this.#name}` }, use);
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      const refused = errorCode(error) === sqlstate.insufficientPrivilege;
      throw new UserError(`The state in ${this.describe()} cannot be used: ${error.message}.`, {
        code: refused ? 'state-refused' : 'state-unreachable',
        ...(refused ? { hint: `As the database's owner: grant create on database ${quoteIdentifier(this.#conninfo.database)} to ${quoteIdentifier(this.#conninfo.user)}; or let that role own schema pgm_state.` } : {}),
        cause: error,
      });
    }
  }
}

/** Two first writers at once: one of them may see the other's half-made catalog rows, and then they are there. */
async function create(connection: Connection): Promise<void> {
  const present = await connection.row<{ present: boolean }>("select to_regclass('pgm_state.state') is not null as present");
  if (present.present) return;
  try {
    await connection.execute(createSql);
  } catch (error) {
    const code = errorCode(error);
    if (code !== sqlstate.uniqueViolation && code !== sqlstate.duplicateSchema && code !== sqlstate.duplicateTable) throw error;
    await connection.execute(createSql);
  }
}

async function dropWhenEmpty(connection: Connection): Promise<void> {
  await connection.transaction(async () => {
    await connection.execute('lock table pgm_state.state in access exclusive mode');
    const { rows } = await connection.row<{ rows: number }>('select count(*)::int as rows from pgm_state.state');
    if (rows === 0) await connection.execute('drop table pgm_state.state; drop schema pgm_state');
  });
}

async function orAbsent<Row extends object>(connection: Connection, sql: string, parameters: readonly unknown[]): Promise<Row | undefined> {
  try {
    const [row] = await connection.rows<Row>(sql, parameters);
    return row;
  } catch (error) {
    if (errorCode(error) === sqlstate.undefinedTable || errorCode(error) === sqlstate.undefinedSchema) return undefined;
    throw error;
  }
}
