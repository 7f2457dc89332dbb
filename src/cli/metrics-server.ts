import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserError } from '../errors.js';

export interface MetricsPage {
  /** In Prometheus' text format; null: nothing was looked at yet. */
  readonly metrics: () => Promise<string | null>;
  /** Both servers answered when last asked. */
  readonly healthy: () => boolean;
}

/**
 * Serves `/metrics` and `/healthz` (200 or 503) on a loopback address: who wants it elsewhere puts a proxy before it.
 * @param address `127.0.0.1:9187`; port 0 takes a free one
 * @returns the server, which the caller closes, and where it listens
 * @throws UserError of kind usage for another address than loopback, or one that is taken
 */
export async function serveMetrics(
  address: string,
  page: MetricsPage,
): Promise<{ readonly server: Server; readonly url: string }> {
  const parts = /^(?:(127(?:\.\d{1,3}){3}|localhost|\[::1\]):)?(\d{1,5})$/.exec(address);
  if (parts === null || Number(parts[2]) > 65_535)
    throw new UserError(`--listen takes a loopback address and a port, not ${address}`, {
      kind: 'usage',
      code: 'PGM807',
      hint: '--listen 127.0.0.1:9187; put a proxy before it for other machines',
    });
  const host = (parts[1] ?? '127.0.0.1').replace(/^\[|\]$/g, '');
  const server = createServer((request, response) => {
    void answerTo(request.method, (request.url ?? '').split('?')[0] ?? '', page).then(({ status, text }) =>
      response
        .writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' })
        .end(text),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', error =>
      reject(
        new UserError(`cannot listen on ${address}: ${error.message}`, { kind: 'usage', code: 'PGM862', cause: error }),
      ),
    );
    server.listen(Number(parts[2]), host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://${host.includes(':') ? `[${host}]` : host}:${port}` };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function answerTo(method: string | undefined, path: string, page: MetricsPage): Promise<Answer> {
  if (method !== 'GET') return { status: 405, text: 'GET only\n' };
  switch (path) {
    case '/healthz':
      return page.healthy() ? { status: 200, text: 'ok\n' } : { status: 503, text: 'a server is away\n' };
    case '/metrics': {
      const text = await page.metrics().catch(() => null);
      return text === null ? { status: 503, text: 'there are no metrics yet\n' } : { status: 200, text };
    }
    default:
      return { status: 404, text: '/metrics and /healthz are here\n' };
  }
}
