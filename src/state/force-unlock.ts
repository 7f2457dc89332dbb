import { UserError } from '../errors.js';
import { withConnection } from '../postgres/connect.js';
import { StatementError } from '../postgres/errors.js';
import type { Spec } from '../spec/spec.js';
import { openBackend } from './open-backend.js';
import { lockfilePath } from './file-backend.js';
import { describeHolder, holderLife, type Holder } from './holder.js';
import { readRunFile, removeRunFile, runFileAge, runFilePath } from './run-file.js';
import { findTargetHolder, lockKey, terminate, type TargetHolder } from './target-lock.js';

/**
 * Releases the lock of that ID: ends its session on the target, removes its file. A run that is still alive stops
 * before its next write.
 * @param id as the error of whoever waits names it
 * @returns what was done, in sentences
 * @throws UserError for a wrong ID, or when nothing is locked; nothing is changed then
 */
export async function forceUnlock(spec: Spec, id: string): Promise<string> {
  const file = spec.state.kind === 'file' ? runFilePath(lockfilePath(spec.path)) : null;
  const beside = file === null ? null : await readRunFile(file);
  const target = await askTarget(spec, id);
  const onTarget = target.found?.holder?.id === id;
  const besideSpec = beside?.id === id;
  if (!onTarget && !besideSpec) throw wrongId(spec, id, await holders(file, beside, target.found), target.failure);

  const done: string[] = [];
  if (onTarget && target.found !== null)
    done.push(`Ended the session on the target (pid ${target.found.backendPid}) that held the lock.`);
  if (file !== null && besideSpec) {
    await removeRunFile(file, id);
    done.push(`Removed ${file}.`);
  }
  // The store refuses what the earlier holder still writes, even if it never learns that it was unlocked.
  await openBackend(spec)
    .claim('')
    .catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      done.push(error.message);
    });
  const holder = besideSpec ? beside : target.found?.holder;
  if (holder && holderLife(holder) !== 'dead') done.push('If that run is still alive, it stops before its next write.');
  if (target.failure !== null)
    done.push(
      `The target could not be asked (${target.failure}); its half of the lock ends with the session that holds it.`,
    );
  return done.join(' ');
}

interface TargetAnswer {
  found: TargetHolder | null;
  /** Why the target could not be asked. */
  failure: string | null;
}

/** Looks for the lock's session and, if it is the one of that ID, ends it. */
async function askTarget(spec: Spec, id: string): Promise<TargetAnswer> {
  const answer: TargetAnswer = { found: null, failure: null };
  try {
    await withConnection(spec.target.connection, { purpose: 'force-unlock' }, async connection => {
      answer.found = await findTargetHolder(connection, lockKey(spec.name));
      if (answer.found?.holder?.id === id) await terminate(connection, answer.found.backendPid);
    });
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    if (answer.found !== null) throw refused(answer.found, error);
    answer.failure = error.message;
  }
  return answer;
}

function refused(found: TargetHolder, error: StatementError): UserError {
  return new UserError(`The lock's session on the target could not be ended: ${error.message}.`, {
    code: 'unlock-refused',
    hint: `As a superuser on the target: select pg_terminate_backend(${found.backendPid});`,
    cause: error,
  });
}

async function holders(
  file: string | null,
  beside: Holder | null,
  target: TargetHolder | null,
): Promise<readonly string[]> {
  const words: string[] = [];
  if (target?.holder) words.push(describeHolder(target.holder, target.heartbeatAge));
  if (file !== null && beside !== null && beside.id !== target?.holder?.id)
    words.push(describeHolder(beside, await runFileAge(file)));
  return words;
}

function wrongId(spec: Spec, id: string, held: readonly string[], failure: string | null): UserError {
  const unasked = failure === null ? '' : ` The target could not be asked: ${failure}.`;
  if (held.length === 0)
    return new UserError(`Migration "${spec.name}" is not locked; there is no lock ${id} to release.${unasked}`, {
      code: 'not-locked',
    });
  return new UserError(`${id} is not the ID of the lock on migration "${spec.name}"; nothing was changed.${unasked}`, {
    code: 'wrong-lock-id',
    hint: `It is held by: ${held.join('; ')}`,
  });
}
