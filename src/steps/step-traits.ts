/** Parts of a plan as it is shown. */
export type PhaseName = 'prepare' | 'copy' | 'cutover' | 'failback' | 'close';

/** Parts of a migration as its report measures them, in their order. */
export const reportPhaseNames = [
  'prepare',
  'define',
  'copy',
  'indexes',
  'follow',
  'finish',
  'compare',
  'cutover',
  'failback',
  'close',
] as const;
export type ReportPhaseName = (typeof reportPhaseNames)[number];

/** What is true of every step of a kind, whatever its input: the one place where other rooms look it up. */
export interface StepTraits {
  readonly phase: PhaseName;
  readonly reported: ReportPhaseName;
  /** Not tried again by itself: a switch frees the source and says why, a copy tries its parts again. */
  readonly triedOnce?: true;
  /** It counts sessions, ends them, or restarts the server: none is kept for the next step. */
  readonly endsSessions?: true;
  /** There is nothing to undo. */
  readonly leavesNothing?: true;
  /** It is quicker with the settings of the load. */
  readonly gainsByLoadSettings?: true;
}

const traits = {
  'server-setting': { phase: 'prepare', reported: 'prepare' },
  reload: { phase: 'prepare', reported: 'prepare', leavesNothing: true },
  restart: { phase: 'prepare', reported: 'prepare', triedOnce: true, endsSessions: true, leavesNothing: true },
  'hba-rule': { phase: 'prepare', reported: 'prepare' },
  'replica-identity': { phase: 'prepare', reported: 'prepare' },
  extension: { phase: 'prepare', reported: 'prepare' },
  role: { phase: 'prepare', reported: 'prepare' },
  database: { phase: 'prepare', reported: 'define' },
  tables: { phase: 'prepare', reported: 'define' },
  definitions: { phase: 'copy', reported: 'define' },
  publication: { phase: 'copy', reported: 'define' },
  slot: { phase: 'copy', reported: 'define' },
  schema: { phase: 'copy', reported: 'define' },
  sequences: { phase: 'copy', reported: 'copy' },
  'large-objects': { phase: 'copy', reported: 'copy', gainsByLoadSettings: true },
  copy: { phase: 'copy', reported: 'copy', triedOnce: true, gainsByLoadSettings: true },
  indexes: { phase: 'copy', reported: 'indexes', gainsByLoadSettings: true },
  subscription: { phase: 'copy', reported: 'follow' },
  constraints: { phase: 'copy', reported: 'indexes', gainsByLoadSettings: true },
  matviews: { phase: 'copy', reported: 'finish', gainsByLoadSettings: true },
  analyze: { phase: 'copy', reported: 'finish', leavesNothing: true, gainsByLoadSettings: true },
  sync: { phase: 'copy', reported: 'follow', leavesNothing: true },
  verify: { phase: 'cutover', reported: 'compare', triedOnce: true },
  cutover: { phase: 'cutover', reported: 'cutover', triedOnce: true, endsSessions: true },
  failback: { phase: 'failback', reported: 'failback', triedOnce: true, endsSessions: true },
  'drop-lane': { phase: 'close', reported: 'close' },
  'drop-progress': { phase: 'close', reported: 'close' },
  'restore-settings': { phase: 'copy', reported: 'finish' },
} as const satisfies Readonly<Record<string, StepTraits>>;

export type StepKindName = keyof typeof traits;

/** Every kind of step, in the order in which a migration meets them. */
export const stepKinds = Object.keys(traits) as readonly StepKindName[];

export const stepTraits: Readonly<Record<StepKindName, StepTraits>> = traits;
