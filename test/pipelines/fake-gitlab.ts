import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { FakeApi } from './fake-api.js';

interface Note {
  readonly id: number;
  body: string;
  readonly author: { readonly id: number };
}

export interface MergeRequest {
  readonly iid: number;
  readonly sha: string;
  state: string;
  merge_commit_sha: string | null;
}

/** A job of a pipeline with the folder of its artifacts. */
export interface KeptJob {
  readonly id: number;
  readonly iid: number;
  readonly name: string;
  readonly folder: string;
}

/** The part of GitLab's REST API that `pgm ci` asks, in memory. We are user 5. */
export class FakeGitLab extends FakeApi {
  readonly notes = new Map<number, Note[]>();
  readonly mergeRequests: MergeRequest[] = [];
  readonly issues: { iid: number; state: string; description: string }[] = [];
  readonly jobs: KeptJob[] = [];
  readonly tokens = new Set<string>();

  static start(): Promise<FakeGitLab> {
    return new FakeGitLab().listen();
  }

  protected override answer(request: IncomingMessage, url: URL, body: Readonly<Record<string, string>>): unknown {
    const path = url.pathname;
    this.tokens.add(String(request.headers['private-token'] ?? ''));
    if (path === '/user') return { id: 5 };
    const [, kind = '', id = '', rest = ''] = /^\/projects\/77\/([^/]+)(?:\/([^/]+))?(?:\/(.+))?$/.exec(path) ?? [];
    switch (`${request.method ?? ''} ${kind}`) {
      case 'GET repository':
        return this.mergeRequests.filter(each => rest === `${each.merge_commit_sha ?? ''}/merge_requests`);
      case 'GET merge_requests':
        if (rest === 'notes') return this.notes.get(Number(id)) ?? [];
        return this.jobs.filter(({ iid }) => iid === Number(id)).map(job => ({ id: job.id * 10 }));
      case 'GET pipelines':
        return this.jobs.filter(job => job.id * 10 === Number(id)).map(job => ({ id: job.id, name: job.name }));
      case 'GET jobs': {
        const job = this.jobs.find(each => each.id === Number(id));
        const file = join(job?.folder ?? '/nowhere', rest.replace('artifacts/pgm-plans/', ''));
        return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      }
      case 'POST merge_requests': {
        const note = { id: this.nextId(), body: body['body'] ?? '', author: { id: 5 } };
        this.notes.set(Number(id), [...(this.notes.get(Number(id)) ?? []), note]);
        return note;
      }
      case 'PUT merge_requests': {
        const note = this.notes.get(Number(id))?.find(each => rest === `notes/${String(each.id)}`);
        return note && Object.assign(note, body);
      }
      case 'GET issues':
        return this.issues.filter(({ state }) => state === 'opened');
      case 'POST issues': {
        const issue = { iid: this.nextId(), state: 'opened', description: body['description'] ?? '' };
        this.issues.push(issue);
        return { ...issue, web_url: 'https://gitlab.com/acme/shop/-/issues/1' };
      }
      case 'PUT issues': {
        const issue = this.issues.find(({ iid }) => iid === Number(id));
        if (issue !== undefined && body['state_event'] === 'close') issue.state = 'closed';
        return issue && Object.assign(issue, body);
      }
      default:
        return undefined;
    }
  }
}
