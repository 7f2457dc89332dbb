import { shutBySwitch, unfinishedSwitch } from '../plan/half-switch.js';
import type { Check } from './check.js';

/**
 * What the state records of a switch that was undone after its hook had run. One that is under way is settled first.
 */
export const keptShut: Check = {
  code: 'PGM626',
  slug: 'kept-shut',
  title: 'A side that is shut after a failed switch',
  scope: 'continuous',
  why:
    'A switch hook that has begun may have sent clients over. When the switch then fails, the ' +
    'writes go on where they were, and the other side stays shut, so that a client which did not ' +
    'does not hear of the rollback writes nothing that nobody would copy back.',
  decided: 'The state records the side that an undone switch left shut, until a switch opens it.',
  remedy:
    'Switch again: the side is opened when it takes over. Or give the migration up with pgm destroy, which opens it.',
  run: ({ lockfile }) => {
    const shut = lockfile?.shut;
    if (shut === undefined || unfinishedSwitch(lockfile) !== null || shutBySwitch(lockfile, shut.side).length > 0)
      return [];
    const [event, command] = shut.side === 'target' ? ['cutover', 'pgm cutover'] : ['failback', 'pgm rollback'];
    return [
      {
        severity: 'warning',
        server: shut.side,
        object: 'default_transaction_read_only',
        message:
          `the ${shut.side} is kept shut since a ${event} failed after its switch hook had ` +
          'begun: it refuses writes, and clients that the hook sent there',
        current: 'shut',
        required: 'open once it takes over',
        remedy:
          `${command}   # or pgm apply, once the goal asks for it: opens the ${shut.side} when it takes ` +
          `over\npgm destroy   # gives the migration up, and opens the ${shut.side}`,
      },
    ];
  },
};
