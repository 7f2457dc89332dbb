import { UserError } from '../errors.js';
import { Api } from './api.js';
import { bundleFiles, manifestName, readManifest, writeBundleFile } from './bundle.js';
import { entries, integer, text } from './json.js';
import type { Environment, Platform } from './platform.js';

/** The job of the template that plans: its artifacts are what was reviewed. */
export const planJob = 'pgm:plan';

/** GitLab CI, by its REST API, version 4. Source: docs.gitlab.com/api. */
export function gitLab(environment: Environment): Platform {
  const project = encodeURIComponent(environment['CI_PROJECT_ID'] ?? '');
  const token = environment['PGM_GITLAB_TOKEN'] ?? '';
  const api = (): Api =>
    new Api({
      service: 'GitLab',
      base: environment['CI_API_V4_URL'] ?? 'https://gitlab.com/api/v4',
      rights: 'PGM_GITLAB_TOKEN: a project access token with scope api, role Developer',
      headers:
        token !== ''
          ? { 'private-token': token }
          : environment['CI_JOB_TOKEN'] === undefined
            ? {}
            : { 'job-token': environment['CI_JOB_TOKEN'] },
    });
  const number = Number(environment['CI_MERGE_REQUEST_IID']);
  return {
    name: 'GitLab',
    commit: environment['CI_COMMIT_SHA'],
    review:
      number > 0
        ? {
            number,
            head: environment['CI_MERGE_REQUEST_SOURCE_BRANCH_SHA'] || (environment['CI_COMMIT_SHA'] ?? ''),
            base: environment['CI_MERGE_REQUEST_DIFF_BASE_SHA'] ?? null,
          }
        : null,
    pushedFrom: environment['CI_PIPELINE_SOURCE'] === 'push' ? (environment['CI_COMMIT_BEFORE_SHA'] ?? null) : null,

    async reviewOf(commit) {
      const found = await api().list(`/projects/${project}/repository/commits/${commit}/merge_requests`);
      const merged = found.filter(each => text(each, 'state') === 'merged');
      const brought = merged.find(each =>
        [text(each, 'merge_commit_sha'), text(each, 'squash_commit_sha'), text(each, 'sha')].includes(commit),
      );
      const [iid, head] = [integer(brought ?? merged[0], 'iid'), text(brought ?? merged[0], 'sha')];
      return iid === null || head === null ? null : { number: iid, head, base: null };
    },

    async comment(review, { marker, body }, { onlyRewrite = false } = {}) {
      const asked = api();
      const notes = `/projects/${project}/merge_requests/${String(review.number)}/notes`;
      const me = integer(await asked.call('GET', '/user'), 'id');
      const ours = (await asked.list(notes)).find(
        each => (text(each, 'body') ?? '').startsWith(marker) && integer(each, 'author', 'id') === me,
      );
      const id = integer(ours, 'id');
      if (id === null && onlyRewrite) return false;
      if (id === null) await asked.call('POST', notes, { body: body(null) });
      else await asked.call('PUT', `${notes}/${String(id)}`, { body: body(text(ours, 'body')) });
      return true;
    },

    async issue(title, marker, body) {
      const asked = api();
      const me = integer(await asked.call('GET', '/user'), 'id');
      const open = await asked.list(`/projects/${project}/issues?state=opened&author_id=${String(me)}`);
      const known = integer(
        open.find(each => (text(each, 'description') ?? '').startsWith(marker)),
        'iid',
      );
      const one = `/projects/${project}/issues/${String(known)}`;
      if (body === null) {
        if (known !== null) await asked.call('PUT', one, { state_event: 'close' });
        return null;
      }
      const written =
        known === null
          ? await asked.call('POST', `/projects/${project}/issues`, { title, description: body })
          : await asked.call('PUT', one, { title, description: body });
      return text(written, 'web_url');
    },

    async keptPlans(review, folder) {
      const asked = api();
      const pipelines = await asked.list(`/projects/${project}/merge_requests/${String(review.number)}/pipelines`);
      for (const pipeline of newestFirst(pipelines)) {
        const jobs = await asked.list(`/projects/${project}/pipelines/${String(pipeline)}/jobs`);
        for (const job of newestFirst(jobs.filter(each => text(each, 'name') === planJob))) {
          const artifacts = `/projects/${project}/jobs/${String(job)}/artifacts/pgm-plans`;
          const manifest = await asked.file(`${artifacts}/${manifestName}`);
          if (manifest === null || text(JSON.parse(manifest), 'commit') !== review.head) continue;
          writeBundleFile(folder, manifestName, manifest);
          for (const name of bundleFiles(readManifest(folder))) {
            const content = await asked.file(`${artifacts}/${name}`);
            if (content === null)
              throw new UserError(`the plan ${name} of job ${String(job)} is not kept any more`, {
                code: 'PGM884',
                kind: 'stale-plan',
                hint: `run ${planJob} of merge request ${String(review.number)} again`,
              });
            writeBundleFile(folder, name, content);
          }
          return { kind: 'brought' };
        }
      }
      return null;
    },
  };
}

/** Ids rise with time. */
function newestFirst(all: readonly unknown[]): number[] {
  return entries(all)
    .map(each => integer(each, 'id') ?? 0)
    .filter(id => id > 0)
    .sort((one, other) => other - one);
}
