import { describe, expect, it } from 'vitest';
import { FrameSplitter } from '../../src/copy/frames.js';
import { ProtocolError } from '../../src/postgres/protocol-error.js';
import { complete, message, ready, spoken } from '../security/hostile-server.js';

/** What is handed on to the other server, and the types of the messages that are not. */
function split(chunks: readonly Buffer[]): { readonly copied: Buffer; readonly messages: string } {
  const copied: Buffer[] = [];
  let messages = '';
  const splitter = new FrameSplitter({
    copy: bytes => copied.push(Buffer.from(bytes)),
    message: type => (messages += String.fromCharCode(type)),
  });
  for (const chunk of chunks) splitter.push(chunk);
  return { copied: Buffer.concat(copied), messages };
}

describe('frames of a COPY', () => {
  const data = [message('d', '1\t2\n'), message('d', ''), message('c')];
  const stream = Buffer.concat([message('H', Buffer.alloc(3)), ...data, complete('COPY 1'), spoken('N', {}), ready]);

  it('go on as they came, wherever the stream is cut', () => {
    for (let at = 0; at <= stream.length; at++) {
      expect(split([stream.subarray(0, at), stream.subarray(at)])).toEqual({
        copied: Buffer.concat(data),
        messages: 'HCNZ',
      });
    }
  });

  it.each<[what: string, bytes: Buffer]>([
    // The target would read the statement behind it as one of pgm's.
    [
      'data that is shorter than its own length',
      Buffer.concat([message('d', '', 3), message('Q', 'drop database shop\0')]),
    ],
    ['data of no length', message('d', '', 0)],
    ['data of a negative length', message('d', '', -1)],
    ['data of more than a server sends', message('d', '', 0x7fff_ffff)],
    ['an end with a negative length', message('c', '', -5)],
    ['another message of a negative length', message('C', '', -1)],
    ['another message without end', message('Z', '', 0x7fff_ffff)],
  ])('are not taken with a length that none has: %s', (_, bytes) => {
    expect(() => split([bytes])).toThrow(ProtocolError);
    // Bytes that come one by one tell no more.
    expect(() => split([...bytes].map(byte => Buffer.from([byte])))).toThrow(ProtocolError);
  });
});
