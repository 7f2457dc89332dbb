import { gitHub } from './github.js';
import { gitLab } from './gitlab.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A pull request or a merge request. */
export interface Review {
  readonly number: number;
  /** The commit that was reviewed: the last one of its branch. */
  readonly head: string;
  /** What it is compared with; null: not known here. */
  readonly base: string | null;
}

/** A text of ours in a review or an issue. `marker` is its first line, by which it is found again. */
export interface Text {
  readonly marker: string;
  /** Of the text that it replaces; null: there was none. */
  readonly body: (previous: string | null) => string;
}

/**
 * What the service that runs the pipeline can be asked. Each call needs the rights of its token; what is refused is a
 * UserError that names the right.
 */
export interface Platform {
  readonly name: 'GitHub' | 'GitLab';
  /** The commit that this job runs on. */
  readonly commit: string | undefined;
  /** The review that this job runs for; null: for none. */
  readonly review: Review | null;
  /** With which commits a push is compared; null: this job runs for no push. */
  readonly pushedFrom: string | null;
  /** The review whose merge brought this commit; null: it came without one. */
  reviewOf(commit: string): Promise<Review | null>;
  /**
   * Rewrites our comment of this marker, or writes a new one unless `onlyRewrite`. A text under our marker by somebody
   * else is left alone. Gives whether there is one now.
   */
  comment(review: Review, text: Text, options?: { readonly onlyRewrite?: boolean }): Promise<boolean>;
  /** Opens or rewrites our issue of this marker; body null closes it where it is open. Gives its address. */
  issue(title: string, marker: string, body: string | null): Promise<string | null>;
  /**
   * Finds the plans that the review's own run has kept: in the folder already when it can bring them, else by the run
   * and the artifact to download. null: there are none, or their time is over.
   */
  keptPlans(review: Review, folder: string): Promise<KeptPlans | null>;
}

export type KeptPlans =
  { readonly kind: 'brought' } | { readonly kind: 'artifact'; readonly run: number; readonly artifact: string };

/** The service whose variables are set; null outside of one. */
export function platformOf(environment: Environment): Platform | null {
  if (environment['GITHUB_ACTIONS'] === 'true') return gitHub(environment);
  if (environment['GITLAB_CI'] === 'true') return gitLab(environment);
  return null;
}
