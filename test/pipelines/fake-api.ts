import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A JSON API in memory, on loopback. A subclass answers; undefined is 404, text is sent as it is. */
export abstract class FakeApi {
  readonly #server: Server;
  #next = 1;

  protected constructor() {
    this.#server = createServer((request, response) => {
      void readBody(request).then(body => {
        const answer = this.answer(request, new URL(request.url ?? '', this.url), body);
        response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
        response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? { message: 'Not Found' }));
      });
    });
  }

  protected abstract answer(request: IncomingMessage, url: URL, body: Readonly<Record<string, string>>): unknown;

  protected async listen(): Promise<this> {
    await new Promise<void>(done => this.#server.listen(0, '127.0.0.1', done));
    return this;
  }

  /** An id that was not given before. */
  protected nextId(): number {
    return this.#next++;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(done => this.#server.close(done));
  }
}

async function readBody(request: IncomingMessage): Promise<Record<string, string>> {
  let text = '';
  for await (const part of request) text += String(part);
  return text === '' ? {} : (JSON.parse(text) as Record<string, string>);
}
