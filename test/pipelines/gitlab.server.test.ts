import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { createDatabase, dropDatabases, logicalSettings, sql, url, useServers, value } from '../support/servers.js';
import { lostCommits, startWriter } from '../support/writer.js';
import { FakeGitLab } from './fake-gitlab.js';

const examples = resolve(import.meta.dirname, '../../examples/gitlab');
const program = resolve(import.meta.dirname, '../../bin/pgm.js');
/** Runs the jobs of a .gitlab-ci.yml on this machine, by GitLab's rules. */
const runner = resolve(import.meta.dirname, '../../node_modules/gitlab-ci-local/dist/index.js');
const password = 'a-secret-of-the-source';

describe('a repository made from the example for GitLab', () => {
  const servers = useServers({
    source: { major: 16, settings: logicalSettings },
    target: { major: 18, settings: logicalSettings },
  });
  let gitLab: FakeGitLab;
  let work: string;
  let origin: string;
  let iid = 0;
  let everything = '';

  const git = (folder: string, ...argv: string[]): string =>
    execFileSync('git', ['-c', 'user.name=dev', '-c', 'user.email=dev@example.com', ...argv], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();

  const clone = (branch: string): string => {
    const folder = mkdtempSync(join(work, 'clone-'));
    git(work, 'clone', '--quiet', '--branch', branch, origin, folder);
    return folder;
  };

  /** A pipeline of one source (`push`, `schedule`, …): its exit code, what it printed, and where. */
  const pipeline = async (
    folder: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<{ readonly code: number | null; readonly log: string; readonly folder: string }> => {
    const all = {
      GITLAB_CI: 'true',
      CI_API_V4_URL: gitLab.url,
      CI_PROJECT_ID: '77',
      CI_DEFAULT_BRANCH: 'main',
      CI_COMMIT_SHA: git(folder, 'rev-parse', 'HEAD'),
      PGM_GITLAB_TOKEN: 'glpat-token',
      PGM_POSTGRESQL_CLIENT: '',
      SOURCE_URL: url(servers.source).replace('postgres@', `postgres:${password}@`),
      TARGET_URL: url(servers.target),
      STATE_URL: url(servers.target, 'pgm_state'),
      ...variables,
    };
    const words = Object.entries(all).flatMap(([name, text]) => ['--variable', `${name}=${text}`]);
    const child = spawn(
      process.execPath,
      [runner, '--force-shell-executor', '--no-color', '--home', join(work, 'home'), ...words],
      {
        cwd: folder,
        env: { ...process.env, PATH: `${join(work, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: work },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let log = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const code = await new Promise<number | null>(done => child.once('close', done));
    everything += log;
    return { code, log, folder };
  };

  /** A branch with a change, its merge request, and the pipeline that GitLab runs for it. */
  const propose = async (branch: string, change: (folder: string) => void): Promise<string> => {
    const folder = clone('main');
    git(folder, 'checkout', '--quiet', '-B', branch);
    change(folder);
    git(folder, 'add', '--all');
    git(folder, 'commit', '--quiet', '--message', branch);
    git(folder, 'push', '--quiet', 'origin', branch);
    iid += 1;
    gitLab.mergeRequests.push({ iid, sha: git(folder, 'rev-parse', 'HEAD'), state: 'opened', merge_commit_sha: null });
    return review(branch);
  };

  const review = async (branch: string): Promise<string> => {
    const folder = clone(branch);
    const { code, log } = await pipeline(folder, {
      CI_PIPELINE_SOURCE: 'merge_request_event',
      CI_MERGE_REQUEST_IID: String(iid),
      CI_MERGE_REQUEST_DIFF_BASE_SHA: git(folder, 'rev-parse', 'origin/main'),
    });
    expect(code, log).toBe(0);
    gitLab.jobs.push({ id: gitLab.jobs.length + 1, iid, name: 'pgm:plan', folder: join(folder, 'pgm-plans') });
    return log;
  };

  const merge = async (branch: string): ReturnType<typeof pipeline> => {
    const folder = clone('main');
    const before = git(folder, 'rev-parse', 'HEAD');
    git(folder, 'merge', '--quiet', '--no-ff', '--message', `Merge ${branch}`, `origin/${branch}`);
    git(folder, 'push', '--quiet', 'origin', 'HEAD:main');
    const merge_commit_sha = git(folder, 'rev-parse', 'HEAD');
    Object.assign(gitLab.mergeRequests.at(-1) ?? {}, { state: 'merged', merge_commit_sha });
    return pipeline(folder, { CI_PIPELINE_SOURCE: 'push', CI_COMMIT_BRANCH: 'main', CI_COMMIT_BEFORE_SHA: before });
  };

  const setGoal = (goal: string) => (folder: string) => {
    const path = join(folder, 'pgm.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^goal: .*/m, `goal: ${goal}`));
  };

  beforeAll(async () => {
    gitLab = await FakeGitLab.start();
    work = mkdtempSync(join(inject('runFolder'), 'gitlab-'));
    chmodSync(work, 0o755);
    mkdirSync(join(work, 'bin'));
    writeFileSync(join(work, 'bin', 'pgm'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    writeFileSync(join(work, 'bin', 'npm'), '#!/bin/sh\ntest "$1 $2" = "install --global"\n');
    // The runner copies the clone for containers, which are not used here.
    writeFileSync(join(work, 'bin', 'rsync'), '#!/bin/sh\nexit 0\n');
    for (const name of ['pgm', 'npm', 'rsync']) chmodSync(join(work, 'bin', name), 0o755);
    origin = join(work, 'origin.git');
    git(work, 'init', '--quiet', '--bare', '--initial-branch', 'main', origin);
    const folder = join(work, 'first');
    git(work, 'clone', '--quiet', origin, folder);
    git(folder, 'checkout', '--quiet', '-B', 'main');
    cpSync(join(examples, '.gitlab-ci.yml'), join(folder, '.gitlab-ci.yml'));
    writeFileSync(join(folder, '.gitignore'), 'pgm-plans/\npgm.env\n.gitlab-ci-local/\n');
    git(folder, 'add', '--all');
    git(folder, 'commit', '--quiet', '--message', 'First');
    git(folder, 'push', '--quiet', 'origin', 'main');
    await createDatabase(servers.source, 'shop', 'create table note (id bigint primary key, text text)');
    await createDatabase(servers.target, 'pgm_state');
  });
  afterAll(async () => {
    await gitLab.stop();
    await dropDatabases(servers.target, 'pgm_state'); // it is kept on purpose
  });

  it('goes from the merge request to a closed migration', { timeout: 400_000 }, async () => {
    const writer = await startWriter(servers.source, 'shop', { clients: 2 });
    await propose('sync', folder => {
      cpSync(join(examples, 'pgm.yaml'), join(folder, 'pgm.yaml'));
    });
    expect(gitLab.notes.get(1)?.map(({ body }) => body)).toEqual([expect.stringContaining('<!-- pgm plan: shop -->')]);
    await review('sync');
    expect(gitLab.notes.get(1)).toHaveLength(1);

    const applied = await merge('sync');
    expect(applied.code, applied.log).toBe(0);
    expect(existsSync(join(applied.folder, 'pgm-plans', 'manifest.json'))).toBe(true);
    expect(gitLab.notes.get(1)?.[1]?.body).toContain('| ✅ | `pgm.yaml` | applied |');

    const look = (): ReturnType<typeof pipeline> => pipeline(clone('main'), { CI_PIPELINE_SOURCE: 'schedule' });
    expect((await look()).code).toBe(0);
    const name = await value(servers.target, 'shop', 'select subname from pg_subscription');
    await sql(servers.target, 'shop', `alter subscription "${name ?? ''}" disable`);
    expect((await look()).code).not.toBe(0);
    expect(gitLab.issues).toMatchObject([
      { state: 'opened', description: expect.stringContaining('PGM604') as string },
    ]);
    await sql(servers.target, 'shop', `alter subscription "${name ?? ''}" enable`);
    await expect.poll(async () => (await look()).code, { timeout: 60_000 }).toBe(0);
    expect(gitLab.issues).toMatchObject([{ state: 'closed' }]);

    await propose('cutover', setGoal('cutover'));
    const cut = await merge('cutover');
    expect(cut.code, cut.log).toBe(0);
    writer.moveTo(servers.target);
    // git revert leads back, reviewed in the same way; then over again.
    await propose('back', setGoal('synced'));
    const back = await merge('back');
    expect(back.code, back.log).toBe(0);
    writer.moveTo(servers.source);
    await propose('again', setGoal('cutover'));
    expect((await merge('again')).code).toBe(0);
    writer.moveTo(servers.target);
    expect(await lostCommits(servers.target, 'shop', await writer.stop())).toEqual({ missing: [], foreign: [] });

    await propose('close', setGoal('ready'));
    const closed = await merge('close');
    expect(closed.code, closed.log).toBe(0);
    expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([]);
  });

  it('keeps secrets out of logs, comments and issues', () => {
    const notes = [...gitLab.notes.values()].flat().map(({ body }) => body);
    const said = [everything, ...notes, ...gitLab.issues.map(({ description }) => description)].join('\n');
    expect(said).not.toContain(password);
    expect(said).not.toContain('glpat-token');
    expect([...gitLab.tokens]).toEqual(['glpat-token']);
  });
});
