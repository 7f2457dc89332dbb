import { connect } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import type { PgBouncerSwitch } from '../spec/spec.js';
import type { BouncerFacts } from './facts.js';

/** Seconds. A switch waits longer; whoever only looks need not. */
const connectSeconds = 5;

/** What the admin console of the spec's PgBouncer says: read only, nothing is paused. */
export async function inspectBouncer({ admin }: PgBouncerSwitch): Promise<BouncerFacts> {
  const [host] = admin.hosts;
  const address = `${host?.host ?? ''}:${host?.port ?? ''}`;
  let console: Connection | null = null;
  try {
    const connectTimeout = Math.min(admin.connectTimeout ?? connectSeconds, connectSeconds);
    console = await connect({ ...admin, database: 'pgbouncer', connectTimeout }, { purpose: 'inspect', console: true });
    const [version] = await console.rows<Record<string, string>>('SHOW VERSION');
    const config = new Map(
      (await console.rows<{ key: string; value: string | null }>('SHOW CONFIG')).map(row => [row.key, row.value ?? '']),
    );
    const databases = await console.rows<BouncerDatabaseRow>('SHOW DATABASES');
    const poolMode = config.get('pool_mode') ?? 'session';
    const admins = (config.get('admin_users') ?? '').split(',').map(name => name.trim());
    return {
      kind: 'bouncer',
      address,
      version: version?.['version'] ?? '',
      mayPause: config.get('auth_type') === 'any' || admins.includes(admin.user),
      // 0: clients are never ended for waiting.
      queryWaitSeconds: Number(config.get('query_wait_timeout') ?? '120'),
      databases: databases
        .filter(({ name }) => name !== 'pgbouncer')
        .map(({ name, pool_mode, paused }) => ({
          name,
          poolMode: pool_mode ?? poolMode,
          paused: Number(paused ?? 0) !== 0,
        })),
    };
  } catch (error) {
    return { kind: 'silent', address, message: error instanceof Error ? error.message : String(error) };
  } finally {
    await console?.close().catch(() => undefined);
  }
}

interface BouncerDatabaseRow {
  readonly name: string;
  readonly pool_mode: string | null;
  readonly paused: string | number | null;
}
