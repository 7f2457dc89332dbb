import type { ErrorCode } from './error-code.js';

/**
 * Permanent, like those of findings. Writes go on where they were for all of 62x to 63x, unless it is said otherwise.
 */
export const runCodes: readonly ErrorCode[] = [
  {
    code: 'PGM291',
    slug: 'restart-by-you',
    title: 'The source waits for a restart',
    means: 'Settings are written that take effect only with a restart of the source, and source.restart is manual.',
    remedy:
      'Restart PostgreSQL on the source, then run pgm apply again; or give ' +
      '--wait-restart 10m; or set source.restart.command in the spec.',
    ends: ['stopped'],
  },
  {
    code: 'PGM620',
    slug: 'locks-not-had',
    title: 'The tables could not be locked',
    means:
      'A transaction held a table for longer than cutover.timeout. pgm asks in short tries, so that ' +
      'no queue of writers forms behind it. The error names the transaction.',
    remedy: 'Wait for that transaction or end it, then run pgm cutover again.',
    ends: ['stopped'],
  },
  {
    code: 'PGM621',
    slug: 'write-stop-too-long',
    title: 'The write stop passed its limit',
    means:
      'cutover.timeout was reached before the switch was done; everything was undone. ' +
      'The error says what was done and what it waited for.',
    remedy: 'See pgm status, try pgm cutover --rehearse, or raise cutover.timeout.',
    ends: ['stopped'],
  },
  {
    code: 'PGM622',
    slug: 'writes-slipped-in',
    title: 'Somebody wrote after the drain',
    means:
      'With freeze read_only or none writers are not locked out. The slot shows changes that came ' +
      'after the last position that was drained, or a transaction that has written (a prepared one, ' +
      'too) is still open and would commit where nobody looks any more.',
    remedy: 'Stop the applications, or use cutover.freeze: locks.',
    ends: ['stopped'],
  },
  {
    code: 'PGM623',
    slug: 'lag-too-large',
    title: 'A lane is too far behind to begin',
    means: 'The lag stayed above replication.max_lag, or nobody is connected to a lane. Writes were not stopped.',
    remedy: 'See pgm status; when a load is over, run pgm cutover again.',
    ends: ['blocked'],
  },
  {
    code: 'PGM624',
    slug: 'may-not-shut',
    title: 'The side that hands over cannot be shut with these rights',
    means:
      'Keeping writers out after the switch needs ownership of the databases, and ' +
      'pg_signal_backend to end sessions. Writes were not stopped.',
    remedy:
      'grant pg_signal_backend to the role, make it the owner of the databases; or stop ' +
      'the applications yourself and set cutover.freeze: none.',
    ends: ['blocked'],
  },
  {
    code: 'PGM627',
    slug: 'both-sides-written',
    title: 'Both servers have been written to',
    means:
      'A switch was interrupted after clients had moved, and the old side was written to as ' +
      'well. Finishing or undoing it by itself would lose one side’s rows.',
    remedy:
      'Run pgm verify: it names the rows that differ. Decide which stay, copy them to the other side, then run pgm apply again.',
    ends: ['blocked'],
  },
  {
    code: 'PGM628',
    slug: 'locks-lost',
    title: 'The locks were lost before the switch was done',
    means: 'The session that held them ended, so writers may have gone on; everything was undone.',
    remedy: 'Look at the source’s log, then run pgm cutover again.',
    ends: ['stopped'],
  },
  {
    code: 'PGM629',
    slug: 'switched-not-tidied',
    title: 'The switch is done; some cleanup is left',
    means: 'The other side has the writes. Closing the lane that led there, or enabling the one back, failed.',
    remedy: 'Run pgm apply again: it finishes the switch.',
    ends: ['stopped'],
  },
  {
    code: 'PGM630',
    slug: 'hook-failed',
    title: 'A hook failed',
    means:
      'The hook ended with an error, hung or was killed. Before the stop nothing was stopped; in the stop everything ' +
      'was undone. Either way the hooks of `after` have run where those of `before` had begun.',
    remedy:
      'Fix the hook, then run pgm cutover again. It finds the side that takes (or keeps) the writes in ' +
      'PGM_SIDE, PGM_HOST, PGM_PORT, PGM_USER and PGM_DATABASES.',
    ends: ['stopped'],
  },
  {
    code: 'PGM631',
    slug: 'sessions-ended',
    title: 'A server ended pgm’s sessions during the switch',
    means: 'It was restarted or an administrator ended them; everything was undone.',
    remedy: 'Run pgm cutover again.',
    ends: ['stopped'],
  },
  {
    code: 'PGM632',
    slug: 'way-back-waits',
    title: 'The reverse lane waits for a transaction',
    means:
      'Its slot can only be made when running transactions of the server that ' +
      'takes over have ended. Writes were not stopped.',
    remedy: 'End those transactions, then run it again.',
    ends: ['blocked'],
  },
  {
    code: 'PGM633',
    slug: 'lock-not-given',
    title: 'A step was not given a lock in time',
    means:
      'Somebody else held a lock on a table that the step needs. pgm asked in tries of 10 s (in the copy: a ' +
      'minute), so that nobody queues behind it for long, and for two minutes or more in all. The error ' +
      'names who holds it: pid, role, application, age and query. What is done is kept.',
    remedy: 'Wait for that session or end it, as the hint says, then run pgm apply again.',
    ends: ['stopped'],
  },
  {
    code: 'PGM634',
    slug: 'slot-not-made',
    title: 'A replication slot could not be made in time',
    means:
      'A new slot has to wait for every transaction of the source that is writing, in any database, and for ' +
      'prepared ones. After five minutes pgm gives up and drops the half-made slot. The error names whom it ' +
      'waited for: pid, role, database, age and query. What is done is kept.',
    remedy: 'Wait for those transactions or end them, as the hint says, then run pgm apply again.',
    ends: ['stopped'],
  },
  {
    code: 'PGM635',
    slug: 'not-shut-ahead',
    title: 'The side that takes over could not be shut before the switch',
    means:
      'Hooks send clients to the other side before the side that hands over is shut, so that the ' +
      'other one turns everyone away until then: by a trigger on each table, and by the privilege ' +
      'to connect. A transaction there holds a table, or the role may neither make triggers nor ' +
      'alter the database. Writes were not stopped.',
    remedy:
      'End the transaction that the error names; or make the role the owner of the databases and tables on that side.',
    ends: ['blocked'],
  },
  {
    code: 'PGM636',
    slug: 'not-carried-any-more',
    title: 'A table changed between the plan and the switch',
    means:
      'Before the write stop and in it the catalogs are asked whether each table is still the ' +
      'one that a lane carries: in its publication by its oid, in its subscription, and ' +
      'whether a table was made, renamed or swapped since the plan. What no lane carries would ' +
      'be left behind. Writes go on where they were.',
    remedy: 'Run pgm apply again: it copies the table, then switches.',
    ends: ['stopped'],
  },
  {
    code: 'PGM637',
    slug: 'definitions-changed',
    title: 'Definitions were changed since the switch was planned',
    means:
      'A deploy on the side that has the writes came between the plan and the ' +
      'last moment of the write stop; everything was undone.',
    remedy:
      'pgm plan shows what changed. Run the switch again once both sides ' +
      'define the same: pgm apply --goal synced follows it.',
    ends: ['stopped'],
  },
  {
    code: 'PGM640',
    slug: 'ready-is-final',
    title: 'ready cannot be lowered',
    means: 'Replication is closed, nothing is left for a rollback.',
    remedy: 'Write goal: ready in the spec.',
    ends: ['blocked'],
  },
  {
    code: 'PGM641',
    slug: 'dump-has-no-cutover',
    title: 'A dump has no cutover',
    means: 'Rows written after a dump began are not on the target.',
    remedy: 'Stop the applications and use goal: ready; or make logical replication possible.',
    ends: ['blocked'],
  },
  {
    code: 'PGM642',
    slug: 'spec-behind-flag',
    title: 'The spec asks for less than --goal has reached',
    means: 'The spec is the truth; a run with --goal went further. That is never taken for a rollback.',
    remedy: 'Write what was reached in the spec; or ask for the rollback by pgm apply --goal.',
    ends: ['blocked'],
  },
  {
    code: 'PGM643',
    slug: 'no-way-back',
    title: 'No rollback was prepared',
    means: 'cutover.failback was false, so the source has not followed the target since the cutover.',
    remedy: 'Write goal: cutover in the spec.',
    ends: ['blocked'],
  },
  {
    code: 'PGM644',
    slug: 'goal-behind',
    title: 'The goal is behind what was reached',
    means: 'Only a cutover can be undone.',
    remedy: 'Write what was reached in the spec; pgm destroy drops what pgm made.',
    ends: ['blocked'],
  },
  {
    code: 'PGM645',
    slug: 'state-behind',
    title: 'The lockfile does not know of the cutover',
    means:
      'The target has the writes, but the lockfile is lost or older than the cutover. ' +
      'Copying again would destroy what was written on the target.',
    remedy: 'Put the right lockfile back (see pgm.lock.json.backup), then run pgm plan.',
    ends: ['blocked'],
  },
  {
    code: 'PGM646',
    slug: 'state-caught-up',
    title: 'The lockfile was older than the last switch',
    means:
      'The lockfile was lost or came from an older commit, as after git revert. The target remembers who has ' +
      'the writes since when, and what led there; pgm goes on from that. The spec alone says what is wanted.',
    remedy:
      'Nothing: the next pgm apply writes the lockfile again. Look at the plan: a ' +
      'goal of synced after a cutover is a rollback.',
    ends: [],
  },
  {
    code: 'PGM647',
    slug: 'state-adopted',
    title: 'There is no lockfile, but records of an earlier run',
    means:
      'Comments on publications of this role and what lies in schema pgm of the target ' +
      'name a migration of this name. The plan adopts them and shows what it would ' +
      'undo. Settings of the source are never taken from them.',
    remedy:
      'If this migration was begun before, put its lockfile back (see pgm.lock.json.backup) or go on: the ' +
      'next apply writes it again. If it was not, somebody else made these objects: pgm destroy drops them.',
    ends: [],
  },
  {
    code: 'PGM648',
    slug: 'not-gone',
    title: 'The server that is said to be gone answers',
    means:
      'With --gone one server is freed without asking the other, whose half stays ' +
      'behind. A server that answers is not gone; nothing was changed.',
    remedy:
      'Give the command without --gone. If that server must never be used ' +
      'again, shut it down first, then give it again.',
    ends: ['blocked'],
  },
  {
    code: 'PGM650',
    slug: 'sides-differ',
    title: 'The data differs before the cutover',
    means:
      'The full compare found rows that are not the same on both sides after the ' +
      'target had applied everything. Writes were not stopped.',
    remedy:
      'pgm verify --values shows the rows. Correct them on the target, or have the ' +
      'tables copied again, then run pgm cutover again.',
    ends: ['different'],
  },
  {
    code: 'PGM651',
    slug: 'sides-differ-in-stop',
    title: 'The data differs in the write stop',
    means:
      'What had changed since the full compare was compared again with writes ' +
      'stopped, and differed; everything was undone.',
    remedy: 'pgm verify names the rows.',
    ends: ['different'],
  },
];
