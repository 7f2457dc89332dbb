import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { createDatabase, dropDatabases, logicalSettings, sql, url, useServers, value } from '../support/servers.js';
import { lostCommits, startWriter } from '../support/writer.js';
import { runWorkflow, type JobResult, type Run } from './actions-runner.js';
import { FakeGitHub } from './fake-github.js';

const examples = resolve(import.meta.dirname, '../../examples/github');
const program = resolve(import.meta.dirname, '../../bin/pgm.js');
const password = 'a-secret-of-the-source';

describe('a repository made from the example for GitHub', () => {
  const servers = useServers({
    source: { major: 16, settings: logicalSettings },
    target: { major: 18, settings: logicalSettings },
  });
  let gitHub: FakeGitHub;
  let work: string;
  let origin: string;
  let runId = 100;
  let pull = 0;
  let everything = '';

  const git = (folder: string, ...argv: string[]): string =>
    execFileSync('git', ['-c', 'user.name=dev', '-c', 'user.email=dev@example.com', ...argv], {
      cwd: folder,
      encoding: 'utf8',
    }).trim();

  /** A machine as GitHub gives it: `npm install` of pgm is what is built here. */
  const machine = (): Record<string, string> => {
    const bin = join(work, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'pgm'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    writeFileSync(join(bin, 'npm'), '#!/bin/sh\ntest "$1 $2" = "install --global"\n');
    writeFileSync(join(bin, 'sudo'), '#!/bin/sh\nexit 0\n');
    for (const name of ['pgm', 'npm', 'sudo']) chmodSync(join(bin, name), 0o755);
    return {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      HOME: work,
      GITHUB_API_URL: gitHub.url,
      ...(process.env['PGM_PG_BIN'] === undefined ? {} : { PGM_PG_BIN: process.env['PGM_PG_BIN'] }),
    };
  };

  const run = async (
    event_name: string,
    commit: string,
    event: unknown,
    approve?: Run['approve'],
  ): Promise<Readonly<Record<string, JobResult>>> => {
    const folder = mkdtempSync(join(work, 'checkout-'));
    git(work, 'clone', '--quiet', origin, folder);
    git(folder, 'checkout', '--quiet', commit);
    const sha = git(folder, 'rev-parse', 'HEAD');
    const results = await runWorkflow(join(folder, '.github/workflows/pgm.yml'), {
      folder,
      github: { event_name, repository: 'acme/shop', sha, ref: 'refs/heads/main', event },
      secrets: {
        SOURCE_URL: url(servers.source).replace('postgres@', `postgres:${password}@`),
        TARGET_URL: url(servers.target),
        STATE_URL: url(servers.target, 'pgm_state'),
        GITHUB_TOKEN: 'ghs_token',
      },
      machine: machine(),
      artifacts: join(work, 'artifacts'),
      runId: ++runId,
      ...(approve === undefined ? {} : { approve }),
    });
    everything += Object.values(results)
      .map(({ log, summary }) => log + summary)
      .join('\n');
    return results;
  };

  /** A branch with a changed goal, its pull request and what the plan job did. */
  const propose = async (branch: string, change: (folder: string) => void): Promise<Record<string, JobResult>> => {
    const folder = mkdtempSync(join(work, 'dev-'));
    git(work, 'clone', '--quiet', origin, folder);
    git(folder, 'checkout', '--quiet', '-B', branch, pull > 0 && branch === 'again' ? 'origin/again' : 'origin/main');
    change(folder);
    git(folder, 'add', '--all');
    git(folder, 'commit', '--quiet', '--message', branch);
    git(folder, 'push', '--quiet', '--force', 'origin', branch);
    const head = { sha: git(folder, 'rev-parse', 'HEAD'), repo: { full_name: 'acme/shop' } };
    const base = { sha: git(folder, 'rev-parse', 'origin/main') };
    pull += 1;
    const it = { number: pull, head, base, merged_at: null, merge_commit_sha: null };
    gitHub.pulls.push(it);
    const results = await run('pull_request', branch, { pull_request: it });
    gitHub.artifacts.push({
      name: `pgm-plans-${head.sha}`,
      expired: false,
      workflow_run: { id: runId, repository_id: 1, head_repository_id: 1, head_sha: head.sha },
    });
    return results;
  };

  const setGoal = (goal: string) => (folder: string) => {
    const path = join(folder, 'pgm.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^goal: .*/m, `goal: ${goal}`));
  };

  /** Merges the newest pull request and runs what GitHub would run on main. */
  const merge = async (branch: string, approve?: Run['approve']): Promise<Record<string, JobResult>> => {
    const folder = mkdtempSync(join(work, 'merge-'));
    git(work, 'clone', '--quiet', origin, folder);
    const before = git(folder, 'rev-parse', 'HEAD');
    git(folder, 'merge', '--quiet', '--no-ff', '--message', `Merge ${branch}`, `origin/${branch}`);
    git(folder, 'push', '--quiet', 'origin', 'HEAD:main');
    const sha = git(folder, 'rev-parse', 'HEAD');
    const merged = gitHub.pulls.at(-1);
    if (merged !== undefined) Object.assign(merged, { merged_at: '2026-01-01T00:00:00Z', merge_commit_sha: sha });
    return run('push', 'main', { before, after: sha }, approve);
  };

  const lastComment = (): string => gitHub.comments.get(pull)?.[0]?.body ?? '';

  beforeAll(async () => {
    gitHub = await FakeGitHub.start();
    work = mkdtempSync(join(inject('runFolder'), 'github-'));
    mkdirSync(join(work, 'artifacts'));
    origin = join(work, 'origin.git');
    git(work, 'init', '--quiet', '--bare', '--initial-branch', 'main', origin);
    const folder = join(work, 'first');
    git(work, 'clone', '--quiet', origin, folder);
    git(folder, 'checkout', '--quiet', '-B', 'main');
    cpSync(join(examples, '.github'), join(folder, '.github'), { recursive: true });
    writeFileSync(join(folder, 'README.md'), 'A shop\n');
    git(folder, 'add', '--all');
    git(folder, 'commit', '--quiet', '--message', 'First');
    git(folder, 'push', '--quiet', 'origin', 'main');
    await createDatabase(servers.source, 'shop', 'create table note (id bigint primary key, text text)');
    await createDatabase(servers.target, 'pgm_state');
  });
  afterAll(async () => {
    await gitHub.stop();
    await dropDatabases(servers.target, 'pgm_state'); // it is kept on purpose
  });

  it('goes from the pull request to a closed migration, each step reviewed', { timeout: 400_000 }, async () => {
    const writer = await startWriter(servers.source, 'shop', { clients: 2 });

    // A pull request: one comment, which the second push rewrites.
    const planned = await propose('sync', folder => {
      cpSync(join(examples, 'pgm.yaml'), join(folder, 'pgm.yaml'));
    });
    expect(planned['plan'], planned['plan']?.log).toMatchObject({ result: 'success' });
    expect(planned['apply']?.result).toBe('skipped');
    expect(lastComment()).toContain('<!-- pgm plan: shop -->');
    expect(planned['plan']?.summary).toContain('to create');
    await run('pull_request', 'sync', { pull_request: gitHub.pulls.at(-1) });
    expect(gitHub.comments.get(pull)).toHaveLength(1);
    expect(lastComment()).toContain('The same findings and steps');

    // Nobody approves: nothing is done. Then the merge's job applies exactly the reviewed plan.
    const refused = await merge('sync', () => false);
    expect(refused['apply']?.result).toBe('skipped');
    expect(
      await value(servers.target, 'postgres', "select count(*)::text from pg_database where datname = 'shop'"),
    ).toBe('0');
    const head = gitHub.pulls.at(-1)?.merge_commit_sha ?? '';
    const asked: string[] = [];
    const applied = await run('push', 'main', { before: `${head}~1`, after: head }, environment => {
      asked.push(environment);
      return true;
    });
    expect(applied['apply'], applied['apply']?.log).toMatchObject({ result: 'success', environment: 'pgm-apply' });
    expect(asked).toEqual(['pgm-apply']);

    // The same job again: the plan was carried out, and is refused as stale or has nothing left to do.
    const again = await run('push', 'main', { before: `${head}~1`, after: head });
    expect(again['apply']).toMatchObject({ result: 'failure', log: expect.stringContaining('PGM810') as string });

    // The schedule sees nothing; then somebody disables the lane.
    const calm = await run('schedule', 'main', {});
    expect(calm['drift'], calm['drift']?.log).toMatchObject({ result: 'success' });
    expect(gitHub.issues).toEqual([]);
    const name = await value(servers.target, 'shop', 'select subname from pg_subscription');
    await sql(servers.target, 'shop', `alter subscription "${name ?? ''}" disable`);
    const drifted = await run('schedule', 'main', {});
    expect(drifted['drift']?.result).toBe('failure');
    expect(gitHub.issues).toMatchObject([{ state: 'open', body: expect.stringContaining('PGM604') as string }]);
    await sql(servers.target, 'shop', `alter subscription "${name ?? ''}" enable`);
    await expect
      .poll(async () => (await run('schedule', 'main', {}))['drift']?.result, { timeout: 60_000 })
      .toBe('success');
    expect(gitHub.issues).toMatchObject([{ state: 'closed' }]);

    // The cutover is a commit; another environment approves it, and git revert leads back.
    await propose('cutover', setGoal('cutover'));
    expect(lastComment()).toContain('Before the cutover');
    const cut = await merge('cutover', () => true);
    expect(cut['apply'], cut['apply']?.log).toMatchObject({ result: 'success', environment: 'pgm-cutover' });
    writer.moveTo(servers.target);
    await propose('back', setGoal('synced'));
    const back = await merge('back', () => true);
    expect(back['apply'], back['apply']?.log).toMatchObject({ result: 'success', environment: 'pgm-cutover' });
    writer.moveTo(servers.source);
    await propose('cutover-2', setGoal('cutover'));
    expect((await merge('cutover-2', () => true))['apply']?.result).toBe('success');
    writer.moveTo(servers.target);
    const report = await writer.stop();
    expect(await lostCommits(servers.target, 'shop', report)).toEqual({ missing: [], foreign: [] });
    await propose('close', setGoal('ready'));
    expect((await merge('close', () => true))['apply']?.result).toBe('success');
    expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([]);
  });

  it('refuses a plan that was altered, and one of another commit', { timeout: 120_000 }, async () => {
    await propose('other', folder => {
      const path = join(folder, 'pgm.yaml');
      writeFileSync(path, `${readFileSync(path, 'utf8')}# another look\n`);
    });
    const kept = join(work, 'artifacts', String(runId), `pgm-plans-${gitHub.pulls.at(-1)?.head.sha ?? ''}`);
    const file = readdirSync(kept).find(each => each.endsWith('.plan.json')) ?? '';
    const plan = readFileSync(join(kept, file), 'utf8');
    writeFileSync(join(kept, file), plan.replace('"goal": "ready"', '"goal": "synced"'));
    const altered = await merge('other', () => true);
    expect(altered['apply']).toMatchObject({ result: 'failure', log: expect.stringContaining('altered') as string });

    writeFileSync(join(kept, file), plan);
    const manifest = join(kept, 'manifest.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"commit": "\w{4}/, '"commit": "0000'));
    const head = gitHub.pulls.at(-1)?.merge_commit_sha ?? '';
    const foreign = await run('push', 'main', { before: gitHub.pulls.at(-1)?.base.sha, after: head }, () => true);
    expect(foreign['apply']?.result).not.toBe('success');
    expect([foreign['reviewed'], foreign['apply']].map(job => job?.log).join('')).toMatch(/0000/);
  });

  it('keeps secrets out of logs, comments, artifacts and issues', () => {
    const files = readdirSync(join(work, 'artifacts'), { recursive: true, encoding: 'utf8' })
      .map(name => join(work, 'artifacts', name))
      .filter(path => statSync(path).isFile())
      .map(path => readFileSync(path, 'utf8'));
    const comments = [...gitHub.comments.values()].flat().map(({ body }) => body);
    const said = [everything, ...files, ...comments, ...gitHub.issues.map(({ body }) => body)].join('\n');
    expect(said).not.toContain(password);
    expect(said).not.toContain('ghs_token');
    expect([...gitHub.tokens]).toEqual(['Bearer ghs_token']);
  });

  it('names only what the example has', () => {
    const workflow = load(readFileSync(join(examples, '.github/workflows/pgm.yml'), 'utf8')) as { jobs: object };
    expect(Object.keys(workflow.jobs)).toEqual(['plan', 'reviewed', 'apply', 'drift']);
  });
});
