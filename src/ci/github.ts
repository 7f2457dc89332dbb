import { readFileSync } from 'node:fs';
import { Api } from './api.js';
import { artifactName } from './bundle.js';
import { entries, field, integer, text } from './json.js';
import type { Environment, Platform, Review, Text } from './platform.js';

const rights = 'permissions: pull-requests: write, and actions: read for kept plans, issues: write for --issue';

/** A name that is part of a path. */
const repositoryName = /^[\w.-]+\/[\w.-]+$/;

/** GitHub Actions, by its REST API. Source: docs.github.com/rest, version 2022-11-28. */
export function gitHub(environment: Environment): Platform {
  const event = eventOf(environment);
  const repository = environment['GITHUB_REPOSITORY'] ?? '';
  const token = environment['GITHUB_TOKEN'] ?? environment['GH_TOKEN'] ?? '';
  const api = (): Api => {
    if (!repositoryName.test(repository)) throw new Error(`GITHUB_REPOSITORY is ${JSON.stringify(repository)}`);
    return new Api({
      service: 'GitHub',
      base: environment['GITHUB_API_URL'] ?? 'https://api.github.com',
      rights,
      headers: {
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        'user-agent': 'pgm',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
    });
  };
  return {
    name: 'GitHub',
    commit: environment['GITHUB_SHA'],
    review: reviewIn(field(event, 'pull_request')),
    pushedFrom: environment['GITHUB_EVENT_NAME'] === 'push' ? text(event, 'before') : null,

    async reviewOf(commit) {
      const found = await api().list(`/repos/${repository}/commits/${encodeURIComponent(commit)}/pulls`);
      const merged = found.filter(each => text(each, 'merged_at') !== null);
      return reviewIn(merged.find(each => text(each, 'merge_commit_sha') === commit) ?? merged[0]);
    },

    async comment(review, { marker, body }, { onlyRewrite = false } = {}) {
      const asked = api();
      const ours = await oursAmong(asked, `/repos/${repository}/issues/${String(review.number)}/comments`, marker);
      if (ours === null && onlyRewrite) return false;
      if (ours === null)
        await asked.call('POST', `/repos/${repository}/issues/${String(review.number)}/comments`, { body: body(null) });
      else
        await asked.call('PATCH', `/repos/${repository}/issues/comments/${String(integer(ours, 'id'))}`, {
          body: body(text(ours, 'body')),
        });
      return true;
    },

    async issue(title, marker, body) {
      const asked = api();
      const ours = await oursAmong(asked, `/repos/${repository}/issues?state=open`, marker);
      const known = integer(ours, 'number');
      if (body === null) {
        if (known !== null)
          await asked.call('PATCH', `/repos/${repository}/issues/${String(known)}`, { state: 'closed' });
        return null;
      }
      const written =
        known === null
          ? await asked.call('POST', `/repos/${repository}/issues`, { title, body })
          : await asked.call('PATCH', `/repos/${repository}/issues/${String(known)}`, { title, body });
      return text(written, 'html_url');
    },

    async keptPlans(review) {
      const artifact = artifactName(review.head);
      const found = await api().call('GET', `/repos/${repository}/actions/artifacts?name=${artifact}&per_page=100`);
      const runs = entries(found, 'artifacts')
        .filter(each => field(each, 'expired') !== true && isFromHere(each, review))
        .map(each => integer(each, 'workflow_run', 'id') ?? 0);
      const run = Math.max(0, ...runs);
      return run === 0 ? null : { kind: 'artifact', run, artifact };
    },
  };
}

/** A run of somebody's fork may keep artifacts of any name: only those of this repository's own branches count. */
function isFromHere(artifact: unknown, review: Review): boolean {
  const run = field(artifact, 'workflow_run');
  const [home, of] = [integer(run, 'repository_id'), integer(run, 'head_repository_id')];
  return home !== null && home === of && text(run, 'head_sha') === review.head;
}

function reviewIn(pull: unknown): Review | null {
  const [number, head] = [integer(pull, 'number'), text(pull, 'head', 'sha')];
  return number === null || head === null ? null : { number, head, base: text(pull, 'base', 'sha') };
}

/** The comment or issue with our marker that we wrote: somebody else's would keep its author's right to edit it. */
async function oursAmong(api: Api, path: string, marker: Text['marker']): Promise<unknown> {
  const [all, me] = [await api.list(path), await api.call('GET', '/user', undefined, [401, 403, 404])];
  const login = text(me, 'login') ?? 'github-actions[bot]';
  return (
    all.find(each => (text(each, 'body') ?? '').startsWith(marker) && text(each, 'user', 'login') === login) ?? null
  );
}

function eventOf(environment: Environment): unknown {
  const path = environment['GITHUB_EVENT_PATH'];
  if (path === undefined || path === '') return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return null; // a schedule or a run by hand does without
  }
}
