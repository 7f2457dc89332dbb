import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Connection } from './connection.js';
import { StatementError } from './errors.js';

/** pg_proc.oid of set_config(text, text, boolean), the same in every version. */
const setConfig = 2078;

/** FunctionCallResponse, which node-postgres does not know: it reports the letter's number as an error. */
const unknownAnswer = 'received invalid response: 56';

/**
 * Sets a setting for the running transaction by the protocol's function call: its arguments are part of no statement,
 * so that the log has them at no level, nor have pg_stat_activity, pg_stat_statements and auto_explain [12 to 19].
 * @throws StatementError
 */
export async function setUnseen(connection: Connection, name: string, value: string): Promise<void> {
  const call = new FunctionCall(functionCall(setConfig, [name, value, 't']));
  connection.client.query(call as never);
  try {
    await connection.during(call.answer);
  } catch (error) {
    throw new StatementError(error, `set ${name}`);
  }
}

/** What node-postgres' client asks of a query that drives the protocol itself. */
class FunctionCall {
  readonly answer: Promise<void>;
  readonly #message: Buffer;
  #connection: EventEmitter | undefined;
  #finish: () => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor(message: Buffer) {
    this.#message = message;
    this.answer = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
  }

  submit(connection: EventEmitter & { readonly stream: Socket }): void {
    this.#connection = connection;
    connection.stream.write(this.#message);
  }

  /** The driver forgets a query at its first error, so that what follows is listened for here. */
  handleError(error: Error): void {
    if (error.message !== unknownAnswer) {
      this.#fail(error);
      return;
    }
    this.#connection?.once('readyForQuery', this.#finish);
    this.#connection?.once('end', () => this.#fail(new Error('Connection terminated unexpectedly')));
  }

  handleReadyForQuery(): void {
    this.#finish();
  }
}

/** Message `F`: the function, all arguments as text, the result as text. */
function functionCall(oid: number, values: readonly string[]): Buffer {
  const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
  const int32 = (value: number): Buffer => {
    const four = Buffer.alloc(4);
    four.writeInt32BE(value);
    return four;
  };
  const args = values.map(value => Buffer.from(value)).flatMap(bytes => [int32(bytes.length), bytes]);
  const body = Buffer.concat([int32(oid), int16(0), int16(values.length), ...args, int16(0)]);
  return Buffer.concat([Buffer.from('F'), int32(body.length + 4), body]);
}
