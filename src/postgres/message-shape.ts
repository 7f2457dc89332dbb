import { headerBytes } from './message-header.js';
import { ProtocolError } from './protocol-error.js';

/**
 * Holds a whole message against the form that its type has. node-postgres takes each message at its word: of an error
 * whose end is missing it looks for the end for ever.
 * @param columns of the rows of this result; null: no description came
 * @throws ProtocolError
 */
export function checkShape(bytes: Buffer, start: number, end: number, columns: number | null): void {
  const type = String.fromCharCode(bytes[start] ?? 0);
  const shape = shapes[type];
  if (shape === undefined) throw new ProtocolError(`there is no message of type ${JSON.stringify(type)}`);
  const body = { bytes, type, at: start + headerBytes, end };
  shape(body, columns);
  if (body.at !== end) wrong(body);
}

interface Body {
  readonly bytes: Buffer;
  readonly type: string;
  at: number;
  readonly end: number;
}

function wrong({ type }: Body): never {
  throw new ProtocolError(`a message of type ${JSON.stringify(type)} does not have its form`);
}

function skip(body: Body, count: number): void {
  body.at += count;
  if (count < 0 || body.at > body.end) wrong(body);
}

function text(body: Body): void {
  const end = body.bytes.indexOf(0, body.at);
  if (end === -1) wrong(body);
  skip(body, end + 1 - body.at);
}

function count(body: Body): number {
  const at = body.at;
  skip(body, 2);
  const value = body.bytes.readInt16BE(at);
  return value < 0 ? wrong(body) : value;
}

function times(amount: number, each: () => void): void {
  for (let done = 0; done < amount; done++) each();
}

const nothing = (): void => undefined;

function fields(body: Body): void {
  while (body.at < body.end) {
    const type = body.bytes[body.at];
    skip(body, 1);
    if (type === 0) return;
    text(body);
  }
  wrong(body);
}

function copyResponse(body: Body): void {
  skip(body, 1);
  skip(body, 2 * count(body));
}

function row(body: Body, columns: number | null): void {
  const values = count(body);
  if (values !== columns) throw new ProtocolError(`a row has ${values} values for ${columns ?? 'no'} columns`);
  times(values, () => {
    const at = body.at;
    skip(body, 4);
    const length = body.bytes.readInt32BE(at);
    if (length !== -1) skip(body, length);
  });
}

/** Every message that a server sends to a session that does not stream WAL. */
const shapes: Readonly<Record<string, (body: Body, columns: number | null) => void>> = {
  '1': nothing,
  '2': nothing,
  '3': nothing,
  A: body => {
    skip(body, 4);
    text(body);
    text(body);
  },
  C: text,
  D: row,
  E: fields,
  G: copyResponse,
  H: copyResponse,
  I: nothing,
  K: body => skip(body, Math.max(8, body.end - body.at)),
  N: fields,
  R: body => skip(body, Math.max(4, body.end - body.at)),
  S: body => {
    text(body);
    text(body);
  },
  T: body => {
    times(count(body), () => {
      text(body);
      skip(body, 18);
    });
  },
  // What a function answered that was called by its oid.
  V: body => {
    const at = body.at;
    skip(body, 4);
    const length = body.bytes.readInt32BE(at);
    if (length !== -1) skip(body, length);
  },
  Z: body => {
    if (!'ITE'.includes(String.fromCharCode(body.bytes[body.at] ?? 0))) wrong(body);
    skip(body, 1);
  },
  c: nothing,
  d: body => skip(body, body.end - body.at),
  n: nothing,
  s: nothing,
  t: body => skip(body, 4 * count(body)),
};
