import type { Facts } from '../inspect/facts.js';
import { forwardLanes, serverFacts } from '../plan/database-lanes.js';
import { isBegun } from '../plan/infer-reached.js';
import type { Plan } from '../plan/plan.js';
import type { TeardownWish } from '../plan/teardown.js';
import { withConnection } from '../postgres/connect.js';
import { describeHeldBack, readHeldBack } from '../replication/held-back.js';
import type { Spec } from '../spec/spec.js';
import type { StateSession } from '../state/state-session.js';
import { reach, withFields } from '../state/transitions.js';
import { forgetSettingsOf } from './settings-memory.js';
import type { PreparedTeardown } from './teardown-scene.js';

/** Why there is nothing to do, in a sentence; null: there is. */
export function nothingToTakeDown(
  spec: Spec,
  { command, gone }: TeardownWish,
  { plan, known, facts, unread }: PreparedTeardown,
  isStored: boolean,
): string | null {
  const isEmpty = plan.steps.length === 0;
  if (gone !== null)
    return isEmpty && known === null
      ? `there is nothing to free on the ${gone === 'source' ? 'target' : 'source'}: ` +
          (unread.length === 0 ? 'pgm made nothing there' : 'nothing of pgm was found where it could look')
      : null;
  if (command !== 'stop')
    return isEmpty && plan.teardown?.stays.length === 0 && !isStored
      ? `nothing to destroy: ${unread.length === 0 ? 'pgm has made nothing on these servers' : 'pgm found nothing of its own where it could look'}`
      : null;
  if (!isStored && !isBegun(spec, facts))
    return 'there is nothing to stop: this migration has not begun; is it the right spec, in the right folder?';
  return plan.reached === 'cutover' || plan.reached === 'ready'
    ? `there is nothing to stop: ${plan.reached} is reached; \`pgm close\` ends a migration that was cut over`
    : null;
}

/** What the target remembers is no order for the source. */
const lostForDestroy =
  "the lockfile is lost: what pgm changed of the source's settings is not known and stays; see there: " +
  "select name, setting from pg_file_settings where sourcefile like '%postgresql.auto.conf', and the " +
  'lines between "# pgm: begin" and "# pgm: end" in pg_hba.conf';

export function lostLockfile({ command }: TeardownWish): string {
  return command === 'stop'
    ? 'the lockfile is lost; it is rebuilt from what the servers know of this migration'
    : lostForDestroy;
}

export interface Concluding {
  readonly spec: Spec;
  readonly wish: TeardownWish;
  readonly plan: Plan;
  readonly facts: Facts;
  /** null: nothing is stored. */
  readonly stored: StateSession | null;
  readonly say: (severity: 'info' | 'warning', message: string) => void;
}

/** What is recorded, and said, when every step is done. */
export async function concludeTeardown(concluding: Concluding): Promise<void> {
  const { spec, wish, plan, stored, say } = concluding;
  for (const line of plan.teardown?.stays ?? []) say('warning', line);
  if (wish.command !== 'stop' && wish.gone !== 'target') await forgetSettingsOf(spec, words => say('warning', words));
  if (wish.command === 'destroy') await stored?.remove();
  else if (wish.command === 'close')
    await stored?.update(lockfile => reach(lockfile, wish.gone === 'source' ? 'ready' : null), 'record');
  else {
    await stored?.update(lockfile => withFields(lockfile, { stopped: true }), 'record');
    if (wish.gone === null) await sayWhatStays(concluding);
  }
}

/** What stopping leaves behind, and what it costs. */
async function sayWhatStays({ spec, wish, facts, say }: Concluding): Promise<void> {
  const servers = serverFacts(facts);
  if (servers === null) return;
  for (const database of facts.databases) {
    const slots = forwardLanes(spec.name, database, servers.source, servers.target).map(({ name }) => name);
    if (slots.length === 0) continue;
    const held = await withConnection(spec.source.connection, { purpose: 'stop' }, session =>
      readHeldBack(session, slots),
    );
    if (held.slots > 0)
      say(
        'warning',
        `${database.name}: ${describeHeldBack(held)}. Until \`pgm apply\` goes on or \`pgm ` +
          `stop --release\` drops ${held.slots === 1 ? 'it' : 'them'}`,
      );
  }
  say(
    'info',
    'left behind, at no cost: publications on the ' +
      `source, ${wish.release ? '' : 'disabled subscriptions and '}schema ` +
      `pgm on the target; \`pgm destroy\` drops them`,
  );
  say(
    'info',
    wish.release
      ? 'stopped; slots are dropped, data stays; `pgm apply` would copy again what was kept in sync'
      : 'stopped; data stays; `pgm apply` goes on from here',
  );
}
