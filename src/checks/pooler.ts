import type { Check, Seen } from './check.js';

export const pooler: Check = {
  code: 'PGM105',
  slug: 'pooler',
  title: 'Connection poolers and proxies',
  scope: 'any',
  why:
    'Through a pooler or load balancer a snapshot, a session lock or a replication ' +
    'connection ends on another backend, or another server, than it began on.',
  decided:
    "The backend's process id differs from the one that the connection was given; two open " +
    'connections that meet the same backend mean transaction pooling.',
  remedy: 'Connect to PostgreSQL itself: its own host and port (often 5432 instead of 6432 or 6543).',
  providers: {
    supabase: 'Use the direct connection (db.PROJECT.supabase.co, port 5432), not the pooler.',
    neon: 'Use the direct host, without -pooler in its name.',
    digitalocean: "Use the cluster's own port, not that of a connection pool.",
    aiven: "Use the service's own port, not that of a connection pool.",
    azure: 'Use port 5432, not PgBouncer on 6432.',
    rds: "Use the instance's endpoint, not RDS Proxy.",
    aurora: "Use the cluster's writer endpoint, not RDS Proxy.",
  },
  run: ({ facts }) =>
    (['source', 'target'] as const).flatMap((server): Seen[] => {
      const seen = facts[server];
      const found =
        seen.kind === 'server' ? seen.pooler : seen.failure === 'pooler' ? { kind: 'PgBouncer', server: null } : null;
      if (found === null) return [];
      const provider = seen.kind === 'server' ? seen.provider : null;
      const said = seen.kind === 'server' ? '' : `: ${seen.message}`;
      const behind = found.server === null ? '' : ` The pooler itself connects to ${found.server}.`;
      return [
        {
          severity: 'error',
          server,
          object: `${seen.host}:${seen.port}`,
          message: `${found.kind} answers on ${seen.host}:${seen.port}${said}`,
          current: found.kind,
          required: 'PostgreSQL itself',
          remedy: (provider === null ? undefined : pooler.providers?.[provider]) ?? `${pooler.remedy}${behind}`,
        },
      ];
    }),
};
