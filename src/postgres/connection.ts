import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Conninfo } from './conninfo.js';
import { StatementError } from './errors.js';
import { ProtocolError } from './protocol-error.js';
import { said } from './said.js';
import { isConnectionException, sqlstate } from './sqlstate.js';
import { unwatch } from './watchdog.js';

export interface Notice {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}

/** Milliseconds that a server has to end a session in good order. */
const goodbye = 3_000;

/** One session. Opened by `connect` or `withConnection`; statements on it run one after another. */
export class Connection {
  readonly conninfo: Conninfo;
  readonly database: string;
  /** Where it really went, after multi-host and sslmode were resolved. */
  readonly address: { readonly host: string; readonly port: number; readonly tls: boolean };
  /** Notices and warnings since the session began, newest last, at most 100. */
  readonly notices: Notice[] = [];
  readonly #client: pg.Client;
  #busy = 0;
  /** Ends with what was sent last. */
  #turn: Promise<unknown> = Promise.resolve();
  #copying: 'in' | 'out' | null = null;
  #lost: Error | undefined;
  #closed = false;
  #forTransactions: string | null = null;
  readonly #answersWithin: number | undefined;

  constructor(
    client: pg.Client,
    conninfo: Conninfo,
    database: string,
    { answersWithin, ...address }: { host: string; port: number; tls: boolean; answersWithin?: number },
  ) {
    this.#client = client;
    this.conninfo = conninfo;
    this.database = database;
    this.address = address;
    this.#answersWithin = answersWithin;
    // Without a listener a connection lost while idle would end the process.
    client.on('error', error => (this.#lost ??= error));
    client.on('end', () => {
      unwatch(this);
      if (!this.#closed) this.#lost ??= new Error('Connection terminated unexpectedly');
    });
    client.on('notice', notice => {
      this.notices.push({
        severity: notice.severity ?? 'NOTICE',
        code: notice.code ?? '00000',
        message: said(notice.message ?? ''),
      });
      if (this.notices.length > 100) this.notices.shift();
    });
  }

  /** The node-postgres client, for the COPY protocol; nobody else needs it. */
  get client(): pg.Client {
    return this.#client;
  }

  get applicationName(): string {
    return (
      (this.#client as unknown as { connectionParameters: { application_name?: string } }).connectionParameters
        .application_name ?? ''
    );
  }

  /** Backend process id. */
  get pid(): number {
    return (this.#client as unknown as { processID: number }).processID;
  }

  /** A statement is being waited for. */
  get isBusy(): boolean {
    return this.#busy > 0;
  }

  /** Between BEGIN and its end, as the server last said. */
  get isInTransaction(): boolean {
    return this.#transactionStatus !== null && this.#transactionStatus !== 'I';
  }

  get #transactionStatus(): string | null {
    return (this.#client as unknown as { _txStatus: string | null })._txStatus;
  }

  get copying(): 'in' | 'out' | null {
    return this.#copying;
  }

  /** Bytes that came and went. */
  get traffic(): number {
    return this.#stream.bytesRead + this.#stream.bytesWritten - this.#stream.writableLength;
  }

  /** Bytes that wait to be sent. */
  get unsent(): number {
    return this.#stream.writableLength;
  }

  get isPaused(): boolean {
    return this.#stream.isPaused();
  }

  get #stream(): Socket {
    return (this.#client as unknown as { connection: { stream: Socket } }).connection.stream;
  }

  /** Marks the session as waiting for the server until `work` ends. */
  async during<T>(work: Promise<T>, copying: 'in' | 'out' | null = null): Promise<T> {
    this.#busy++;
    this.#copying = copying;
    const timer =
      this.#answersWithin === undefined ? undefined : setTimeout(() => this.#tooLate(), this.#answersWithin);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
      this.#busy--;
      this.#copying = null;
    }
  }

  /**
   * A server that keeps its own limits has answered by then, if only with an error; one that does not may go on for
   * ever.
   */
  #tooLate(): void {
    const seconds = Math.round((this.#answersWithin ?? 0) / 1000);
    this.giveUp(
      Object.assign(new Error(`the server did not end its answer within ${seconds} s`), { code: 'ETIMEDOUT' }),
    );
  }

  /** All data of a COPY is sent: what is being waited for is the answer. */
  endCopying(): void {
    this.#copying = null;
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /**
   * Runs one statement with parameters; int8 and numeric come as strings.
   * @param shown the statement as errors may show it, where the real one holds a secret
   * @throws StatementError
   */
  async rows<Row extends object>(sql: string, parameters: readonly unknown[] = [], shown = sql): Promise<Row[]> {
    try {
      const result = await this.#inEnvironment(sql, () =>
        this.#client.query<Row & pg.QueryResultRow>(sql, [...parameters]),
      );
      return result.rows;
    } catch (error) {
      throw new StatementError(error, shown, await this.#survives(error));
    }
  }

  /** The first row, of which there is always one. @throws StatementError */
  async row<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row> {
    const [row] = await this.rows<Row>(sql, parameters);
    if (row === undefined) throw new StatementError(new ProtocolError('where there is a row it has none'), sql);
    return row;
  }

  /**
   * Sends a text of one or many statements by the simple protocol: many are one transaction unless they say otherwise.
   * @throws StatementError; `position` is the character in `sql`, from 1
   */
  async execute(sql: string, shown = sql): Promise<void> {
    try {
      await this.#inEnvironment(sql, () => this.#client.query(sql));
    } catch (error) {
      throw new StatementError(error, shown, await this.#survives(error));
    }
  }

  /** Runs `use` between BEGIN and COMMIT; ROLLBACK when it throws. */
  async transaction<T>(use: () => Promise<T>, begin = 'begin'): Promise<T> {
    await this.execute(this.#forTransactions === null ? begin : `${begin}; ${this.#forTransactions}`);
    try {
      const result = await use();
      await this.execute('commit');
      return result;
    } catch (error) {
      await this.execute('rollback').catch(() => undefined);
      throw error;
    }
  }

  /** Each transaction begins with these statements: nothing that a session sets holds, or it would hold for others. */
  setInTransactions(statements: string): void {
    this.#forTransactions = statements;
  }

  /** Whether a class 08 error is of a connection that the statement made: then the server is ready for the next one. */
  async #survives(error: unknown): Promise<boolean> {
    if (!isConnectionException((error as { code?: string }).code)) return false;
    const client = this.#client as unknown as { readyForQuery: boolean };
    for (let waited = 0; waited < goodbye && !this.isLost && !this.#closed; waited += 5) {
      if (client.readyForQuery) return true;
      await sleep(5);
    }
    return false;
  }

  /** A statement that is no part of a transaction gets one of its own where settings hold only there. */
  async #inEnvironment<T>(sql: string, run: () => Promise<T>): Promise<T> {
    return this.during(this.#inTurn(() => (this.#needsTransaction(sql) ? this.#inOwnTransaction(run) : run())));
  }

  /** One after another: who shares a session with others in the write stop waits for them. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(run);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  #needsTransaction(sql: string): boolean {
    return (
      this.#forTransactions !== null &&
      this.#transactionStatus === 'I' &&
      !/^\s*(begin|start|commit|end|rollback|abort|set)\b/i.test(sql)
    );
  }

  async #inOwnTransaction<T>(run: () => Promise<T>): Promise<T> {
    await this.#client.query(`begin; ${this.#forTransactions ?? ''}`);
    try {
      const result = await run();
      await this.#client.query('commit');
      return result;
    } catch (error) {
      await this.#client.query('rollback');
      // CREATE DATABASE and its like, which look nothing up by the path.
      if ((error as { code?: string }).code === sqlstate.activeTransaction) return run();
      throw error;
    }
  }

  async set(name: string, value: string): Promise<void> {
    await this.rows('select set_config($1, $2, false)', [name, value]);
  }

  /** Ends the session in good order; never throws. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    unwatch(this);
    // A peer that is gone never says goodbye.
    const timer = setTimeout(() => this.#stream.destroy(), goodbye).unref();
    await this.#client.end().catch(() => undefined);
    clearTimeout(timer);
  }

  /** Cuts the connection at once, whatever it is doing: the server sees a lost client. */
  destroy(): void {
    this.#closed = true;
    unwatch(this);
    this.#stream.destroy();
  }

  /** As {@link destroy}, for a reason: whoever waits for an answer gets it. */
  giveUp(error: Error): void {
    this.#lost ??= error;
    unwatch(this);
    this.#stream.destroy(error);
  }
}
