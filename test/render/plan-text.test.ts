import { describe, expect, it } from 'vitest';
import { renderPlanMarkdown } from '../../src/render/plan-markdown.js';
import { renderPlan } from '../../src/render/plan-text.js';
import { stepPhases } from '../../src/render/step-phases.js';
import { finding, manyDatabases, plan, shopPlan, step, widePlan } from './examples.js';

describe('a plan as text', () => {
  it('shows findings, then steps, then the sentence, then what it means', () => {
    expect(renderPlan(shopPlan())).toMatchInlineSnapshot(`
      "shop: PostgreSQL 15.18 to 18.1, method continuous, goal synced
        Source  old.example.com:5432/postgres, PostgreSQL 15.18
        Target  new.example.com:6432/postgres, PostgreSQL 18.1

      Findings: 2 warnings
        ~ pgm does it   ! read before you go on
        Source
        ~ PGM201 wal_level is replica, logical replication needs logical
            pgm does this: step source/server-setting/wal_level

        Target
        ! PGM304 the disk of the target cannot be seen with these rights
            to do: Make sure that 2.3 GB fit.

      pgm will take these steps, in this order:
        + create
        ~ update in place
        > run

      Prepare the servers

        # source: set wal_level to logical
        ~ alter system set wal_level = 'logical'
            - wal_level = replica
            + wal_level = logical

        > source: restart the source with sudo service postgresql restart

      Copy the data and keep it in sync

        # source/app: publish 4 tables
        + create publication pgm_shop_l1 for table
            public.a,
            public.b,
            public.c,
            public.d

        > target/app: copy 4 tables (2.3 GB, 8,000,000 rows, about 44 s)

      Plan: 1 to create, 1 to change, 0 to destroy, 2 to run.

        Data     1 database (app), 4 tables, 2.3 GB, about 44 s
        Restart  the source restarts once: its sessions are cut
        Locks    share update exclusive on 4 tables, for a moment
        Writes   fail while the source restarts
        Undo     every step can be undone (pgm destroy)
      "
    `);
  });

  it('opens with the steps that a killed run left begun, before what looks like drift', () => {
    const text = renderPlan({ ...shopPlan(), begun: ['app/copy/1', 'app/indexes'] });
    expect(text.indexOf('Started, not finished: app/copy/1, app/indexes')).toBeLessThan(text.indexOf('Findings'));
    expect(text).toContain('pgm apply continues with it');
  });

  it('says what it is without steps', () => {
    expect(renderPlan(plan({ reached: 'synced' }))).toContain(
      'No changes. shop has reached the goal synced: all data is on the target',
    );
  });

  it('says that it is blocked, and by how many findings', () => {
    const blocked = plan({
      findings: [
        finding({
          code: 'PGM401',
          message: 'role app lacks REPLICATION',
          remedy: 'alter role app replication;\nalter role app login;',
        }),
        finding({ code: 'PGM203', server: 'target', message: 'x' }),
      ],
    });
    const text = renderPlan(blocked);
    expect(text).toContain(
      '✗ PGM401 role app lacks REPLICATION\n      to do: alter role app ' +
        'replication;\n             alter role app login;\n',
    );
    expect(text).toContain('Blocked: 2 findings block the migration.');
    expect(text).not.toContain('No changes');
  });

  it('says why a dump is taken and how to accept it', () => {
    const obstacles = [
      finding({ code: 'PGM401', message: 'role app lacks REPLICATION', remedy: 'alter role app replication;' }),
      finding({
        code: 'PGM501',
        database: 'app',
        message: 'public.t has no key; nor an index',
        remedy: 'alter table t replica identity full;',
      }),
    ];
    const dump = plan({ method: 'dump', fallback: { reason: 'x', codes: ['PGM401', 'PGM501'], obstacles } });
    expect(renderPlan(dump)).toContain(`Method dump, since logical replication is not possible:
  Source
  ✗ PGM401 role app lacks REPLICATION
      to do: alter role app replication;

  Source, database app
  ✗ PGM501 public.t has no key; nor an index
      to do: alter table t replica identity full;

A dump is one snapshot: rows written on the source after it starts are NOT migrated.
To accept that: pgm apply --allow-dump, or save this plan with --out and apply it.
Otherwise do what is listed above and plan again.
`);
    expect(renderPlan(dump, { accepted: true })).not.toContain('--allow-dump');
    expect(renderPlanMarkdown(dump)).toContain(
      'public.t has no key; nor an index\n>   ```\n>   ' + 'alter table t replica identity full;\n>   ```\n',
    );
  });

  it('leaves out what is in order, unless all is asked for', () => {
    expect(renderPlan(shopPlan())).not.toContain('PGM101');
    expect(renderPlan(shopPlan(), { verbose: true })).toContain('✓ PGM101 the source answers');
  });

  it('names the symbols that it uses and no others', () => {
    const text = renderPlan(
      plan({ steps: [step({ id: 'app/drop-progress', kind: 'drop-progress', action: 'delete', reversible: false })] }),
    );
    expect(text).toContain('  - destroy\n');
    expect(text).not.toMatch(/^ {2}[+~>] /m);
    expect(text).toContain('Undo     none: replication is closed for good');
  });

  it('does not call it the end when a lane of an interrupted run is closed, and names the way back of a failback', () => {
    const dropped = step({
      id: 'app/drop-lane/1',
      kind: 'drop-lane',
      action: 'delete',
      server: 'source',
      reversible: false,
    });
    expect(renderPlan(plan({ steps: [dropped] }))).toContain('Undo     every step can be undone (pgm destroy)');
    expect(renderPlan(plan({ goal: 'ready', steps: [dropped] }))).toContain(
      'Undo     none: replication is closed for good',
    );
    expect(
      renderPlan(plan({ steps: [step({ id: 'target/failback', kind: 'failback', action: 'run', reversible: true })] })),
    ).toContain('Undo     pgm cutover, with');
  });

  it.each(['cutover', 'failback'] as const)('shows the locks of a %s, whichever side takes them', kind => {
    const impact = { restart: false, blocks_writes: true, locks: ['EXCLUSIVE on 2 tables of the target'] };
    expect(renderPlan(plan({ steps: [step({ id: `target/${kind}`, kind, server: 'target', impact })] }))).toMatch(
      /Locks +EXCLUSIVE on 2 tables of the target/,
    );
  });

  it('folds 5,000 tables into counts, and shows all of them when asked', () => {
    const folded = renderPlan(widePlan(5000));
    expect(folded.split('\n').length).toBeLessThan(80);
    expect(folded).toContain('… and 4,995 more findings of PGM501');
    expect(folded).toContain('… and 4,994 more replica-identity steps');
    expect(folded).toMatch(/public\.t00001, .*, … and 4,9\d\d more$/m);
    expect(folded).toContain('Plan: 2 to create, 5,000 to change, 0 to destroy, 0 to run.');
    const all = renderPlan(widePlan(5000), { verbose: true });
    expect(all).not.toContain('…');
    expect(all).toContain('alter table public.t05000 replica identity full');
  });

  it('shows one of many databases that are alike, names some, counts the rest', () => {
    const text = renderPlan(manyDatabases(100));
    expect(text.split('\n').length).toBeLessThan(60);
    expect(text).toContain('# tenant_002: the same 1 step, 100 MB');
    expect(text).toContain('# … and 87 more databases: 87 steps, 8.5 GB (--verbose shows all)');
  });

  it('shows a longer change as the lines that change', () => {
    const before = 'local all all peer\nhost all all 127.0.0.1/32 scram-sha-256\n';
    const text = renderPlan(
      plan({
        steps: [
          step({
            id: 'source/hba-rule',
            kind: 'hba-rule',
            action: 'update',
            server: 'source',
            diff: { name: 'pg_hba.conf', before, after: `${before}host app pgm 203.0.113.7/32 scram-sha-256\n` },
          }),
        ],
      }),
    );
    expect(text).toContain('      + host app pgm 203.0.113.7/32 scram-sha-256\n');
    expect(text).not.toContain('- host');
  });

  it('gives the same text for the same plan, and no colour codes of its own accord', () => {
    expect(renderPlan(structuredClone(shopPlan()))).toBe(renderPlan(shopPlan()));
    expect(renderPlan(shopPlan())).not.toContain('\u001b');
  });

  it('does not let a name steer the terminal', () => {
    expect(renderPlan(plan({ findings: [finding({ message: 'table \u001b[2J' })] }))).not.toContain('\u001b');
  });
});

it('shows phases in their order, also where one database is further than another', () => {
  const steps = [
    step({ id: 'a/verify', kind: 'verify', database: 'a' }),
    step({ id: 'b/matviews', kind: 'matviews', database: 'b' }),
    step({ id: 'source/cutover', kind: 'cutover', server: 'source' }),
    step({ id: 'b/database', kind: 'database', action: 'update', database: 'b' }),
  ];
  expect(
    stepPhases(plan({ goal: 'cutover', steps })).map(({ name, groups }) => [
      name,
      groups.map(({ database }) => database),
    ]),
  ).toEqual([
    ['copy', ['b']],
    ['cutover', ['a', null]],
  ]);
});
