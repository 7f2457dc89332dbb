// Clients that connect directly, and read the address that the switch hook wrote whenever they connect again.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { config, folder } from '../throwaway-servers.mjs';
import { transaction } from './clients.mjs';

/** Milliseconds between two tries to connect. */
const again = 10;

export class FollowingClients {
  stopped = false;
  /** Milliseconds between two commits of one client, at most. */
  longest = 0;

  constructor(servers, ledger) {
    this.servers = servers;
    this.ledger = ledger;
  }

  start(count, [database], size) {
    this.running = Array.from({ length: count }, () => this.#work(database, size));
  }

  async stop() {
    this.stopped = true;
    await Promise.all(this.running);
  }

  get #here() {
    const file = join(folder, 'at');
    const port = existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[1]) : this.servers[0].port;
    return this.servers.find(server => server.port === port) ?? this.servers[0];
  }

  async #work(database, size) {
    let last = performance.now();
    while (!this.stopped) {
      const at = this.#here;
      const client = new pg.Client(config(at, database));
      client.on('error', () => undefined);
      try {
        await client.connect();
        while (!this.stopped) {
          await transaction(client, this.ledger, size, at);
          const now = performance.now();
          this.longest = Math.max(this.longest, now - last);
          last = now;
        }
      } catch {
        await sleep(again);
      } finally {
        client.end().catch(() => undefined);
      }
    }
  }
}
