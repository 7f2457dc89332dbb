import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../../src/ci/api.js';
import { platformOf } from '../../src/ci/platform.js';
import { FakeGitHub } from '../pipelines/fake-github.js';

const marker = '<!-- x -->';

describe('GitHub', () => {
  let fake: FakeGitHub;
  const review = { number: 7, head: 'a'.repeat(40), base: null };
  const platform = () =>
    platformOf({
      GITHUB_ACTIONS: 'true',
      GITHUB_API_URL: fake.url,
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_TOKEN: 'secret-token',
    });
  beforeAll(async () => {
    fake = await FakeGitHub.start();
  });
  afterAll(() => fake.stop());

  it('rewrites the comment that is ours, and leaves alone what somebody else wrote under our marker', async () => {
    const forged = { id: 1000, body: `${marker} all is well`, user: { login: 'mallory', type: 'User' } };
    fake.comments.set(7, [forged]);
    const gitHub = platform();
    expect(await gitHub?.comment(review, { marker, body: () => `${marker} 0` }, { onlyRewrite: true })).toBe(false);
    expect(await gitHub?.comment(review, { marker, body: () => `${marker} 1` })).toBe(true);
    await gitHub?.comment(review, { marker, body: () => `${marker} 2` });
    expect(fake.comments.get(7)?.map(({ body }) => body)).toEqual([`${marker} all is well`, `${marker} 2`]);
  });

  it('finds ours beyond the first page', async () => {
    const others = Array.from({ length: 150 }, (_, id) => ({
      id: 500 + id,
      body: 'hm',
      user: { login: 'a', type: 'User' },
    }));
    fake.comments.set(8, [
      ...others,
      { id: 9, body: `${marker} old`, user: { login: 'github-actions[bot]', type: 'Bot' } },
    ]);
    await platform()?.comment({ ...review, number: 8 }, { marker, body: () => `${marker} new` });
    expect(fake.comments.get(8)).toHaveLength(151);
  });

  it.each([
    ['of a fork', { head_repository_id: 2 }, {}],
    ['of another commit', { head_sha: 'b'.repeat(40) }, {}],
    ['that has expired', {}, { expired: true }],
  ])('takes no plan %s', async (_, run, artifact) => {
    const workflow_run = { id: 5, repository_id: 1, head_repository_id: 1, head_sha: review.head, ...run };
    fake.artifacts.splice(0, Infinity, { name: `pgm-plans-${review.head}`, expired: false, workflow_run, ...artifact });
    expect(await platform()?.keptPlans(review, '')).toBeNull();
  });

  it('takes the newest plan of the reviewed commit', async () => {
    const of = (id: number) => ({
      name: `pgm-plans-${review.head}`,
      expired: false,
      workflow_run: { id, repository_id: 1, head_repository_id: 1, head_sha: review.head },
    });
    fake.artifacts.splice(0, Infinity, of(5), of(9), of(7));
    expect(await platform()?.keptPlans(review, '')).toMatchObject({ run: 9 });
  });

  it('opens one issue, rewrites it, closes it', async () => {
    const gitHub = platform();
    expect(await gitHub?.issue('t', marker, `${marker} a`)).toMatch(/^https:/);
    await gitHub?.issue('t', marker, `${marker} b`);
    expect(fake.issues).toMatchObject([{ state: 'open', body: `${marker} b` }]);
    await gitHub?.issue('t', marker, null);
    expect(fake.issues).toMatchObject([{ state: 'closed' }]);
  });

  it('says what the token lacks, and never the token', async () => {
    const lost = platformOf({ GITHUB_ACTIONS: 'true', GITHUB_API_URL: fake.url, GITHUB_REPOSITORY: 'acme/other' });
    await expect(lost?.comment(review, { marker, body: () => '' })).rejects.toMatchObject({
      message: expect.stringContaining('GitHub refused GET /repos/acme/other/issues/7/comments') as string,
      hint: expect.stringContaining('pull-requests: write') as string,
    });
  });
});

describe('an API', () => {
  it.each(['http://api.example.com', 'ftp://127.0.0.1', 'nonsense'])('is not asked at %s', base => {
    expect(() => new Api({ service: 'GitHub', base, headers: {}, rights: '' })).toThrow(/GitHub/);
  });

  it('that is away is said to be', async () => {
    const api = new Api({
      service: 'GitHub',
      base: 'http://127.0.0.1:49151',
      headers: { authorization: 'secret' },
      rights: '',
    });
    await expect(api.call('GET', '/x')).rejects.toThrow(/GitHub could not be asked \(GET \/x\): .*ECONNREFUSED/);
  });
});

describe('outside of a pipeline', () => {
  it('there is nobody to ask', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pgm-platform-'));
    expect(platformOf({ HOME: folder })).toBeNull();
    rmSync(folder, { recursive: true });
  });
});
