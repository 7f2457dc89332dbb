import type { IncomingMessage } from 'node:http';
import { FakeApi } from './fake-api.js';

export interface Asked {
  readonly method: string;
  readonly path: string;
}

interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: string };
}

/** What the fake knows of a pull request. */
export interface Pull {
  readonly number: number;
  readonly head: { readonly sha: string };
  readonly base: { readonly sha: string };
  merged_at: string | null;
  merge_commit_sha: string | null;
}

/** The part of GitHub's REST API that `pgm ci` asks, in memory. */
export class FakeGitHub extends FakeApi {
  readonly comments = new Map<number, Comment[]>();
  readonly pulls: Pull[] = [];
  readonly issues: { number: number; state: string; title: string; body: string; user: { login: string } }[] = [];
  readonly artifacts: unknown[] = [];
  readonly asked: Asked[] = [];
  /** Each request's Authorization header, to see that it was there and nowhere else. */
  readonly tokens = new Set<string>();

  static start(): Promise<FakeGitHub> {
    return new FakeGitHub().listen();
  }

  protected override answer(request: IncomingMessage, url: URL, body: Readonly<Record<string, string>>): unknown {
    const { pathname, searchParams } = url;
    const method = request.method ?? '';
    this.asked.push({ method, path: pathname });
    this.tokens.add(request.headers.authorization ?? '');
    const [, kind = '', id = '', rest = ''] =
      /^\/repos\/acme\/shop\/(\w+)(?:\/([^/]+))?(?:\/(.+))?$/.exec(pathname) ?? [];
    const page = Number(searchParams.get('page') ?? 1);
    const user = { login: 'github-actions[bot]', type: 'Bot' };
    switch (`${method} ${kind}`) {
      case 'GET commits':
        return page > 1 ? [] : this.pulls.filter(pull => pull.merge_commit_sha === id || pull.head.sha === id);
      case 'GET actions':
        return {
          artifacts: this.artifacts.filter(each => (each as { name: string }).name === searchParams.get('name')),
        };
      case 'GET issues':
        if (id === '') return page > 1 ? [] : this.issues.filter(({ state }) => state === 'open');
        return this.#page(this.comments.get(Number(id)) ?? [], page);
      case 'POST issues': {
        if (id === '') {
          const issue = {
            number: this.nextId(),
            state: 'open',
            title: body['title'] ?? '',
            body: body['body'] ?? '',
            user,
          };
          this.issues.push(issue);
          return { ...issue, html_url: `https://github.com/acme/shop/issues/${issue.number}` };
        }
        const comment = { id: this.nextId(), body: body['body'] ?? '', user };
        this.comments.set(Number(id), [...(this.comments.get(Number(id)) ?? []), comment]);
        return comment;
      }
      case 'PATCH issues': {
        if (id === 'comments') {
          const comment = [...this.comments.values()].flat().find(each => each.id === Number(rest));
          return comment && Object.assign(comment, body);
        }
        const issue = this.issues.find(each => each.number === Number(id));
        return issue && Object.assign(issue, body);
      }
      default:
        return undefined;
    }
  }

  #page(all: readonly Comment[], page: number): readonly Comment[] {
    return all.slice((page - 1) * 100, page * 100);
  }
}
