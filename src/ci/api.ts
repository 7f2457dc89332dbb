import { UserError } from '../errors.js';

/** Milliseconds until an answer has begun and ended. */
const patience = 30_000;

/** More than any page of a list that is asked for here. */
const largestAnswer = 50_000_000;

export interface ApiOptions {
  /** `GitHub`, for messages. */
  readonly service: string;
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What the token needs, for the message of a refusal. */
  readonly rights: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A JSON API over HTTPS; plain HTTP is for this machine alone, since the token goes along. */
export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    const { protocol, hostname } = urlOf(options.base, options.service);
    const here = ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
    if (protocol !== 'https:' && !(protocol === 'http:' && here))
      throw new UserError(`the API of ${options.service} is not asked over ${protocol}//, since the token goes along`, {
        code: 'PGM882',
        kind: 'usage',
        hint: `its address is ${options.base}; pgm wants https:`,
      });
    this.#options = options;
  }

  /** The answer's JSON. Statuses of 400 and more are UserErrors, except those in `expected`, which give null. */
  async call(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT',
    path: string,
    body?: unknown,
    expected: readonly number[] = [],
  ): Promise<unknown> {
    const response = await this.#send(method, path, body);
    if (expected.includes(response.status)) return null;
    const text = await this.#textOf(response);
    if (response.status >= 400) throw this.#refused(method, path, response.status, text);
    try {
      return text === '' ? null : JSON.parse(text);
    } catch (error) {
      throw this.#failed(`answered ${method} ${path} with something that is not JSON`, error);
    }
  }

  /** A file as it is; null where there is none. */
  async file(path: string): Promise<string | null> {
    const response = await this.#send('GET', path, undefined);
    if (response.status === 404) return null;
    const text = await this.#textOf(response);
    if (response.status >= 400) throw this.#refused('GET', path, response.status, text);
    return text;
  }

  /** All pages of a list, up to a thousand entries. */
  async list(path: string): Promise<readonly unknown[]> {
    const all: unknown[] = [];
    for (let page = 1; page <= 10; page++) {
      const separator = path.includes('?') ? '&' : '?';
      const entries = await this.call('GET', `${path}${separator}per_page=100&page=${String(page)}`);
      if (!Array.isArray(entries)) throw this.#failed(`answered GET ${path} with something that is no list`);
      all.push(...(entries as unknown[]));
      if (entries.length < 100) break;
    }
    return all;
  }

  async #send(method: string, path: string, body: unknown): Promise<Response> {
    const { base, headers } = this.#options;
    try {
      return await fetch(`${base}${path}`, {
        method,
        headers: { accept: 'application/json', ...headers, ...(body === undefined ? {} : jsonBody) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(patience),
      });
    } catch (error) {
      throw this.#failed(`could not be asked (${method} ${path})`, error);
    }
  }

  async #textOf(response: Response): Promise<string> {
    const parts: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const part of response.body ?? []) {
        parts.push(part as Uint8Array);
        size += (part as Uint8Array).length;
        if (size > largestAnswer) throw new Error('the answer is too long');
      }
    } catch (error) {
      throw this.#failed('stopped in the middle of an answer', error);
    }
    return Buffer.concat(parts).toString('utf8');
  }

  #refused(method: string, path: string, status: number, text: string): UserError {
    const { service, rights } = this.#options;
    return new UserError(`${service} refused ${method} ${path}: ${String(status)}${messageIn(text)}`, {
      code: 'PGM881',
      ...(status === 401 || status === 403 || status === 404 ? { hint: `the token needs: ${rights}` } : {}),
    });
  }

  #failed(what: string, cause?: unknown): UserError {
    const why = cause instanceof Error ? `: ${rootMessage(cause)}` : '';
    return new UserError(`${this.#options.service} ${what}${why}`, { code: 'PGM880', cause });
  }
}

const jsonBody = { 'content-type': 'application/json' };

function urlOf(text: string, service: string): URL {
  try {
    return new URL(text);
  } catch (error) {
    throw new UserError(`the address of ${service}'s API is no address: ${text}`, {
      code: 'PGM882',
      kind: 'usage',
      cause: error,
    });
  }
}

/** fetch says "fetch failed" and keeps the reason as its cause. */
function rootMessage(error: Error): string {
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === 'string' ? ` (${message.slice(0, 200)})` : '';
  } catch {
    return '';
  }
}
