import type { Status } from '../../src/apply/status.js';
import type { Finding } from '../../src/checks/finding.js';
import type { Plan, Step } from '../../src/plan/plan.js';
import type { VerifyReport } from '../../src/verify/report.js';

/** A finding in order unless told otherwise. */
export function finding(fields: Partial<Finding> = {}): Finding {
  return {
    code: 'PGM201',
    slug: 'wal-level',
    severity: 'error',
    status: 'blocked',
    server: 'source',
    title: 'WAL level',
    message: 'wal_level is replica',
    current: null,
    required: null,
    remedy: null,
    ...fields,
  };
}

export function step(fields: Partial<Step> & Pick<Step, 'id' | 'kind'>): Step {
  return {
    action: 'run',
    server: 'target',
    title: fields.kind,
    statements: [],
    reversible: true,
    impact: { restart: false, locks: [], blocks_writes: false },
    estimate: null,
    depends_on: [],
    ...fields,
  };
}

export function plan(fields: Partial<Plan> = {}): Plan {
  const steps = fields.steps ?? [];
  const findings = fields.findings ?? [];
  const count = (action: Step['action']): number => steps.filter(each => each.action === action).length;
  const blocked = findings.filter(each => each.severity === 'error').length;
  return {
    format_version: 1,
    pgm_version: '0.1.0',
    name: 'shop',
    goal: 'synced',
    reached: null,
    method: 'continuous',
    fallback: null,
    spec: { path: 'pgm.yaml', sha256: 'a'.repeat(64) },
    source: {
      version: '15.18',
      system_identifier: '7400000000000000001',
      host: 'old.example.com',
      port: 5432,
      database: 'postgres',
    },
    target: {
      version: '18.1',
      system_identifier: '7400000000000000002',
      host: 'new.example.com',
      port: 6432,
      database: 'postgres',
    },
    findings,
    steps,
    summary: {
      create: count('create'),
      update: count('update'),
      delete: count('delete'),
      run: count('run'),
      warnings: findings.filter(each => each.severity === 'warning').length,
      blocked,
      databases: 1,
      tables: 4,
      bytes: 2_469_606_195,
    },
    preflight: null,
    applicable: blocked === 0,
    digest: 'd'.repeat(64),
    integrity: 'e'.repeat(64),
    ...fields,
  };
}

/** A first plan of one database, with every symbol but destroy. */
export function shopPlan(): Plan {
  return plan({
    findings: [
      finding({
        severity: 'warning',
        status: 'change',
        message: 'wal_level is replica, logical replication needs logical',
        current: 'replica',
        required: 'logical',
        step: 'source/server-setting/wal_level',
      }),
      finding({
        code: 'PGM304',
        slug: 'target-disk',
        severity: 'warning',
        status: 'manual',
        server: 'target',
        title: 'Free disk',
        message: 'the disk of the target cannot be seen with these rights',
        remedy: 'Make sure that 2.3 GB fit.',
      }),
      finding({
        code: 'PGM101',
        slug: 'reachable',
        severity: 'ok',
        status: 'ok',
        title: 'Reachable',
        message: 'the source answers',
      }),
    ],
    steps: [
      step({
        id: 'source/server-setting/wal_level',
        kind: 'server-setting',
        action: 'update',
        server: 'source',
        title: 'set wal_level to logical',
        statements: ["alter system set wal_level = 'logical'"],
        diff: { name: 'wal_level', before: 'replica', after: 'logical' },
      }),
      step({
        id: 'source/restart',
        kind: 'restart',
        server: 'source',
        title: 'restart the source with sudo service postgresql restart',
        impact: { restart: true, locks: [], blocks_writes: true },
        reversible: false,
      }),
      step({
        id: 'app/publication/l1',
        kind: 'publication',
        action: 'create',
        server: 'source',
        database: 'app',
        title: 'publish 4 tables',
        statements: ['create publication pgm_shop_l1 for table\n  public.a,\n  public.b,\n  public.c,\n  public.d'],
        impact: { restart: false, locks: ['share update exclusive on 4 tables, for a moment'], blocks_writes: false },
      }),
      step({
        id: 'app/copy/l1',
        kind: 'copy',
        database: 'app',
        title: 'copy 4 tables',
        estimate: { bytes: 2_469_606_195, rows: 8_000_000, seconds: 44 },
      }),
    ],
  });
}

/** One database of `tables` tables, each with a finding and a step of its own, and all in one publication. */
export function widePlan(tables: number): Plan {
  const names = Array.from({ length: tables }, (_, index) => `public.t${String(index + 1).padStart(5, '0')}`);
  return plan({
    findings: names.map(object =>
      finding({
        code: 'PGM501',
        slug: 'replica-identity',
        severity: 'warning',
        status: 'change',
        database: 'app',
        object,
        title: 'Replica identity',
        message: `${object} has no usable replica identity`,
        step: `app/replica-identity/${object}`,
      }),
    ),
    steps: [
      ...names.map(name =>
        step({
          id: `app/replica-identity/${name}`,
          kind: 'replica-identity',
          action: 'update',
          server: 'source',
          database: 'app',
          title: `replica identity full for ${name}`,
          statements: [`alter table ${name} replica identity full`],
        }),
      ),
      step({
        id: 'app/publication/l1',
        kind: 'publication',
        action: 'create',
        server: 'source',
        database: 'app',
        title: `publish ${tables} tables`,
        statements: [`create publication pgm_shop_l1 for table ${names.join(', ')}`],
      }),
      step({
        id: 'app/schema',
        kind: 'schema',
        action: 'create',
        database: 'app',
        title: 'create the schema',
        statements: names.map(name => `create table ${name} (\n  id bigint\n)`),
      }),
    ],
  });
}

/** `databases` databases with the same steps each. */
export function manyDatabases(databases: number): Plan {
  const names = Array.from({ length: databases }, (_, index) => `tenant_${String(index + 1).padStart(3, '0')}`);
  return plan({
    steps: names.flatMap(database => [
      step({
        id: `${database}/database`,
        kind: 'database',
        action: 'create',
        database,
        title: `create database ${database}`,
        statements: [`create database ${database}`],
      }),
      step({
        id: `${database}/copy/l1`,
        kind: 'copy',
        database,
        title: 'copy 100 tables',
        estimate: { bytes: 104_857_600, rows: 1_000_000, seconds: 2 },
      }),
    ]),
  });
}

export function status(fields: Partial<Status> = {}): Status {
  return {
    format_version: 1,
    name: 'shop',
    method: 'auto',
    goal: 'synced',
    state: 'syncing',
    databases: [
      {
        name: 'app',
        state: 'syncing',
        tables: { total: 4, copied: 4 },
        bytes: { total: 67_239_936, copied: 67_239_936 },
        rows_copied: 500_055,
        lanes: [
          {
            name: '1',
            direction: 'forward',
            slot: 'pgm_shop_16384_1',
            subscription: 'pgm_shop_16384_1',
            active: true,
            enabled: true,
            lag_bytes: 1_536,
            lag_seconds: 0.4,
            retained_wal_bytes: 1_048_576,
            error: null,
          },
        ],
      },
      {
        name: 'crm',
        state: 'copying',
        tables: { total: 1_200, copied: 300 },
        bytes: { total: 10_737_418_240, copied: 4_294_967_296 },
        rows_copied: 12_000_000,
        lanes: [],
      },
    ],
    drift: [],
    cutover: null,
    updated_at: '2026-08-13T10:00:00.000Z',
    ...fields,
  };
}

export function verifyReport(fields: Partial<VerifyReport> = {}): VerifyReport {
  return {
    format_version: 1,
    name: 'shop',
    depth: 'full',
    equal: false,
    databases: [
      {
        name: 'app',
        equal: false,
        tables: [
          {
            schema: 'public',
            table: 'customers',
            rows_source: 1_000,
            rows_target: 1_000,
            equal: true,
            method: 'keys',
            differing_rows: [],
          },
          {
            schema: 'public',
            table: 'orders',
            rows_source: 8_000,
            rows_target: 7_999,
            equal: false,
            method: 'keys',
            differing_rows: [
              { key: { id: '17' }, difference: 'only-source', columns: [] },
              {
                key: { id: '18' },
                difference: 'values',
                columns: ['state'],
                values: { state: { source: 'paid', target: null } },
              },
            ],
          },
        ],
        sequences: [],
      },
    ],
    seconds: 1.25,
    ...fields,
  };
}
