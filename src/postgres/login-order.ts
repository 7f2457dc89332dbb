import { ProtocolError } from './protocol-error.js';

/** What AuthenticationRequest asks for (protocol.h): those that pgm can answer. */
const request = { ok: 0, password: 3, md5: 5, sasl: 10, saslContinue: 11, saslFinal: 12 } as const;

/** What must have come right before; null: the login begins with it. */
const after: Readonly<Record<number, readonly (number | null)[]>> = {
  // A server that began SCRAM must have shown that it knows the password: else anybody could take the session over.
  [request.ok]: [null, request.password, request.md5, request.saslFinal],
  [request.password]: [null],
  [request.md5]: [null],
  [request.sasl]: [null],
  [request.saslContinue]: [request.sasl],
  [request.saslFinal]: [request.saslContinue],
};

/** Milliseconds are the connection's to watch; what a session reports of itself is bounded here. */
const mostParameters = 1000;

/** Holds a login against the order that the protocol gives it. */
export class LoginOrder {
  #last: number | null = null;
  #parameters = 0;
  #done = false;

  /** The server is ready for statements. */
  get done(): boolean {
    return this.#done;
  }

  /** @throws ProtocolError for a message that does not come at this time */
  take(type: string, body: Buffer): void {
    if (this.#done) {
      if (type === 'R' || type === 'K') throw new ProtocolError('it begins to log in again');
      if (type === 'S' && ++this.#parameters > mostParameters * 1000)
        throw new ProtocolError('it reports settings without end');
      return;
    }
    switch (type) {
      case 'E':
      case 'N':
        return;
      case 'R':
        this.#asked(body.readInt32BE(0));
        return;
      case 'S':
        if (++this.#parameters > mostParameters) throw new ProtocolError('it reports settings without end');
        return;
      case 'K':
      case 'Z':
        if (this.#last !== request.ok) throw new ProtocolError('it goes on before the login has ended');
        this.#done = type === 'Z';
        return;
      default:
        throw new ProtocolError(`a message of type ${JSON.stringify(type)} is no part of a login`);
    }
  }

  #asked(asked: number): void {
    const allowed = after[asked];
    if (allowed === undefined)
      throw new ProtocolError(`it asks for a way to log in that pgm does not know (${asked}), such as GSSAPI`);
    if (!allowed.includes(this.#last)) throw new ProtocolError('the messages of its login come in another order');
    this.#last = asked;
  }
}
