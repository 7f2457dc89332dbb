/** What a database of the target has behind it. The words are those of pgm.stage. */
const databaseStages = [
  'created',
  'schema',
  'copy',
  'indexes',
  'constraints',
  'analyze',
  'settings',
  /** The target has the writes. */
  'handed over',
  /** Its detail is the last switch, either way. */
  'last switch',
  /** Its detail is the side that an undone switch left shut. */
  'left shut',
] as const;
export type DatabaseStage = (typeof databaseStages)[number];

/** One row of pgm.stage. */
export type Stage =
  | { readonly kind: 'database'; readonly stage: DatabaseStage }
  /** A lane's subscription was made: from then on its slot alone does not tell what has been applied. */
  | { readonly kind: 'subscribed'; readonly lane: number }
  /** Tables are leaving a lane: until it is gone, the lane's worker may still know of them. */
  | { readonly kind: 'leaving'; readonly lane: number }
  /** The moment of the source (txid_current_snapshot()) that a dump's tables are of. */
  | { readonly kind: 'moment'; readonly moment: string };

/** All of one migration in one database. */
export interface Stages {
  readonly done: ReadonlySet<DatabaseStage>;
  /** Lanes by number. */
  readonly subscribed: ReadonlySet<number>;
  readonly leaving: ReadonlySet<number>;
  /** null: none is noted. */
  readonly moment: string | null;
}

export const momentPrefix = 'moment ';

export function formatStage(stage: Stage): string {
  switch (stage.kind) {
    case 'database':
      return stage.stage;
    case 'subscribed':
    case 'leaving':
      return `${stage.kind} ${stage.lane}`;
    case 'moment':
      return `${momentPrefix}${stage.moment}`;
  }
}

/** null: of a newer pgm, or of nobody. */
export function parseStage(text: string): Stage | null {
  const stage = databaseStages.find(each => each === text);
  if (stage !== undefined) return { kind: 'database', stage };
  if (text.startsWith(momentPrefix)) return { kind: 'moment', moment: text.slice(momentPrefix.length) };
  const [, kind, lane] = /^(subscribed|leaving) (\d+)$/.exec(text) ?? [];
  return kind === 'subscribed' || kind === 'leaving' ? { kind, lane: Number(lane) } : null;
}

export function stagesOf(texts: readonly string[]): Stages {
  const stages = texts.flatMap(text => parseStage(text) ?? []);
  const lanes = (kind: 'subscribed' | 'leaving'): ReadonlySet<number> =>
    new Set(stages.flatMap(stage => (stage.kind === kind ? [stage.lane] : [])));
  return {
    done: new Set(stages.flatMap(stage => (stage.kind === 'database' ? [stage.stage] : []))),
    subscribed: lanes('subscribed'),
    leaving: lanes('leaving'),
    moment: stages.find(stage => stage.kind === 'moment')?.moment ?? null,
  };
}

/**
 * True when nothing can have been written between two moments: no transaction ran at the first, and none began since.
 */
export function isSameMoment(first: string | null, second: string): boolean {
  const [oldest, next] = second.split(':');
  return first === second && oldest === next;
}
