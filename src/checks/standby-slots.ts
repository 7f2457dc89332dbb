import type { ServerFacts } from '../inspect/facts.js';
import { failsOver } from '../replication/failover.js';
import type { Check, CheckInput, Seen } from './check.js';
import { settingRemedy } from './setting-change.js';

type Side = 'source' | 'target';

/** The other way in which one standby holds what others wait for: a lane of a failover slot sends nothing before it. */
export const standbySlotsAway: Check = {
  code: 'PGM221',
  slug: 'standby-slots',
  title: 'Standbys that replication waits for',
  scope: 'continuous',
  momentary: true,
  why:
    'From 17 on a slot made with `failover` sends nothing that the standbys in synchronized_standby_slots do ' +
    'not have yet: where one is away, nothing arrives on the other side, and no cutover can drain.',
  decided:
    "synchronized_standby_slots against the physical slots that are read now, where pgm's slots are " +
    'made with `failover`. An error when cutover is the goal, else a warning.',
  remedy: 'Bring the standby back, or take its slot out of synchronized_standby_slots and reload.',
  run: input => [
    ...ofSide(input, 'source', input.source),
    ...(input.failback ? ofSide(input, 'target', input.target) : []),
  ],
};

function ofSide({ spec, lockfile }: CheckInput, side: Side, server: ServerFacts | null): readonly Seen[] {
  const value = server?.settings.get('synchronized_standby_slots')?.value ?? '';
  if (server === null || value === '' || !failsOver(spec.replication, server)) return [];
  const names = value.split(',').map(name => name.trim().replace(/^"(.*)"$/, '$1'));
  const away = names.filter(name => !server.slots.some(slot => slot.name === name && slot.active));
  if (away.length === 0) return [];
  const left = names.filter(name => !away.includes(name)).join(', ');
  const switches = lockfile?.reached === 'cutover' ? spec.goal === 'synced' : spec.goal === 'cutover';
  return [
    {
      severity: switches ? 'error' : 'warning',
      server: side,
      object: 'synchronized_standby_slots',
      message:
        `nobody reads slot ${away.join(', ')} of synchronized_standby_slots on the ${side}: ` +
        `pgm's replication from there waits until somebody does`,
      current: value,
      required: left === '' ? "''" : left,
      remedy: settingRemedy(
        { server: side, facts: server, name: 'synchronized_standby_slots', value: left, providers: undefined },
        false,
      ),
    },
  ];
}
