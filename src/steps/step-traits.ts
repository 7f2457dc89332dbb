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
  /** A sentence for docs/steps.md. */
  readonly about: string;
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
  'server-setting': {
    about: 'Sets a setting of a server with ALTER SYSTEM; what was there before is kept and put back.',
    phase: 'prepare',
    reported: 'prepare',
  },
  reload: {
    about: 'Has a server read its configuration again.',
    phase: 'prepare',
    reported: 'prepare',
    leavesNothing: true,
  },
  restart: {
    about: 'Restarts the source by the command of the spec, or waits until you have.',
    phase: 'prepare',
    reported: 'prepare',
    triedOnce: true,
    endsSessions: true,
    leavesNothing: true,
  },
  'hba-rule': {
    about:
      'Writes lines into pg_hba.conf of the source, so that the target gets in; ' +
      'the server checks them before they are loaded.',
    phase: 'prepare',
    reported: 'prepare',
  },
  'replica-identity': {
    about: 'Gives a table without a key the identity FULL, so that its UPDATEs and DELETEs can be replicated.',
    phase: 'prepare',
    reported: 'prepare',
  },
  extension: { about: 'Makes an extension that pgm itself uses.', phase: 'prepare', reported: 'prepare' },
  role: { about: 'Makes roles and their memberships on the target.', phase: 'prepare', reported: 'prepare' },
  database: { about: 'Makes a database on the target with its settings.', phase: 'prepare', reported: 'define' },
  tables: {
    about: 'Renames or drops tables of the target that the source has under another name, or has made again.',
    phase: 'prepare',
    reported: 'define',
  },
  'bring-back': {
    about:
      'Makes tables on the source that the target has since the cutover, and has the reverse lane copy their rows.',
    phase: 'copy',
    reported: 'copy',
  },
  definitions: {
    about: 'Follows definitions that changed on the side in use since they were copied.',
    phase: 'copy',
    reported: 'define',
  },
  publication: {
    about: 'Makes a publication, adds tables to it or takes them out.',
    phase: 'copy',
    reported: 'define',
  },
  slot: {
    about: 'Makes a replication slot on the source, and with it the snapshot that the copy reads.',
    phase: 'copy',
    reported: 'define',
  },
  schema: {
    about: 'Creates the definitions that come before the data, as of the same moment as the data.',
    phase: 'copy',
    reported: 'define',
  },
  sequences: {
    about: 'Sets the sequences of the target to what they are on the source.',
    phase: 'copy',
    reported: 'copy',
  },
  'large-objects': { about: 'Copies large objects.', phase: 'copy', reported: 'copy', gainsByLoadSettings: true },
  copy: {
    about: 'Copies the rows of the tables of one lane from one snapshot, in parallel.',
    phase: 'copy',
    reported: 'copy',
    triedOnce: true,
    gainsByLoadSettings: true,
  },
  indexes: {
    about: 'Builds indexes and keys as soon as the rows of their table have arrived.',
    phase: 'copy',
    reported: 'indexes',
    gainsByLoadSettings: true,
  },
  subscription: {
    about: 'Makes a subscription that begins where the copy ends, enables it, or tells it another connection.',
    phase: 'copy',
    reported: 'follow',
  },
  constraints: {
    about: 'Creates foreign keys, triggers and everything else that comes after the data.',
    phase: 'copy',
    reported: 'indexes',
    gainsByLoadSettings: true,
  },
  matviews: {
    about: 'Fills materialized views in the order of their dependencies.',
    phase: 'copy',
    reported: 'finish',
    gainsByLoadSettings: true,
  },
  analyze: {
    about: 'Collects statistics on the target.',
    phase: 'copy',
    reported: 'finish',
    leavesNothing: true,
    gainsByLoadSettings: true,
  },
  sync: {
    about: 'Waits until the target has applied what the source had written.',
    phase: 'copy',
    reported: 'follow',
    leavesNothing: true,
  },
  verify: { about: 'Compares the rows of both sides.', phase: 'cutover', reported: 'compare', triedOnce: true },
  cutover: {
    about:
      'Stops writes on the source, drains, and switches to the target; or finishes or undoes an interrupted switch.',
    phase: 'cutover',
    reported: 'cutover',
    triedOnce: true,
    endsSessions: true,
  },
  failback: {
    about: 'The same the other way round.',
    phase: 'failback',
    reported: 'failback',
    triedOnce: true,
    endsSessions: true,
  },
  'drop-lane': { about: 'Drops publication, slot and subscription of a lane.', phase: 'close', reported: 'close' },
  'drop-progress': { about: 'Drops what pgm remembers of the copy on the target.', phase: 'close', reported: 'close' },
  'restore-identity': {
    about: 'Puts back the replica identities that pgm made FULL, on both sides.',
    phase: 'close',
    reported: 'close',
  },
  'open-database': {
    about: 'Lets writes and connections in again where a switch shut a database; or drops the triggers that it left.',
    phase: 'close',
    reported: 'close',
  },
  'undo-setting': {
    about: 'Puts a setting back as it was before pgm changed it, unless somebody has changed it since.',
    phase: 'close',
    reported: 'close',
  },
  'restore-settings': { about: 'Puts back what was set for the time of the load.', phase: 'copy', reported: 'finish' },
} as const satisfies Readonly<Record<string, StepTraits>>;

export type StepKindName = keyof typeof traits;

/** Every kind of step, in the order in which a migration meets them. */
export const stepKinds = Object.keys(traits) as readonly StepKindName[];

export const stepTraits: Readonly<Record<StepKindName, StepTraits>> = traits;
