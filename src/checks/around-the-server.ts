import type { ServerFacts } from '../inspect/facts.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import { plural } from '../quantities.js';
import { isOurs, type Check, type Seen } from './check.js';
import { handoverOf, type Handover } from './handover.js';

export const aroundTheServer: Check = {
  code: 'PGM708',
  slug: 'around-the-server',
  title: 'Standbys, archiving and synchronous commits on the server that takes over',
  scope: 'any',
  momentary: true,
  why:
    'Reads that go to standbys, a standby to fail over to, and backups for point-in-time recovery are set up ' +
    'around a server, and none of it is migrated: what was safe before the cutover is not after it.',
  decided:
    'Who streams from the source without a logical slot, its physical slots, archive_mode and ' +
    'synchronous_standby_names, against the same of the target. Backups of a managed service are left to the service.',
  remedy: 'Set them up on the target before the cutover.',
  run: input => {
    const handover = handoverOf(input);
    if (handover === null) return [];
    return [...standbys(input.spec.name, handover), ...archiving(handover), ...synchronous(handover)];
  },
};

/** Without the subscribers: each of those has a logical slot that is in use. */
function streaming(server: ServerFacts, migration: string): number {
  const others = (server.standbys ?? []).filter(({ name }) => !isOurs(name, migration)).length;
  const logical = server.slots.filter(
    ({ plugin, active, name }) => plugin !== null && active && !isOurs(name, migration),
  ).length;
  return Math.max(0, others - logical);
}

function standbys(migration: string, { from, to, leader, follower }: Handover): readonly Seen[] {
  const [here, there] = [leader, follower].map(server => streaming(server, migration));
  const slots = leader.slots.filter(({ plugin, temporary }) => plugin === null && !temporary);
  const slotsThere = follower.slots.filter(({ plugin }) => plugin === null).length;
  if (((here ?? 0) === 0 && slots.length === 0) || (there ?? 0) > 0 || slotsThere > 0) return [];
  const words = [
    ...((here ?? 0) > 0 ? [plural(here ?? 0, 'standby', 'standbys')] : []),
    ...(slots.length > 0
      ? [`physical ${slots.length === 1 ? 'slot' : 'slots'} ${slots.map(({ name }) => name).join(', ')}`]
      : []),
  ];
  return [
    {
      severity: 'warning',
      server: to,
      object: 'standbys',
      message: `the ${from} has ${words.join(' and ')}, the ${to} none: reads and a failover have nowhere to go after the switch`,
      current: '0',
      required: words.join(', '),
      remedy: `Make a standby of the ${to} (pg_basebackup --write-recovery-conf), or have the service make one.`,
    },
  ];
}

function archiving({ from, to, leader, follower }: Handover): readonly Seen[] {
  const [was, is] = [leader, follower].map(server => server.settings.get('archive_mode')?.value ?? 'off');
  if (was === 'off' || is !== 'off' || follower.provider !== null || leader.provider !== null) return [];
  return [
    {
      severity: 'warning',
      server: to,
      object: 'archive_mode',
      message:
        `archive_mode is off, on the ${from} ${was ?? ''}: no WAL is archived, so there is no recovery to a ` +
        'point in time after the switch',
      current: 'off',
      required: was ?? 'on',
      remedy: `alter system set archive_mode = on;   -- on the ${to}, with its archive_command, then restart it and take a base backup`,
    },
  ];
}

function synchronous({ from, to, leader, follower }: Handover): readonly Seen[] {
  const [was, is] = [leader, follower].map(server => server.settings.get('synchronous_standby_names')?.value ?? '');
  if (was === '' || was === undefined || is !== '') return [];
  return [
    {
      severity: 'warning',
      server: to,
      object: 'synchronous_standby_names',
      message:
        `commits on the ${from} wait for a standby (synchronous_standby_names = ${was}), on the ${to} for none: a ` +
        'commit can be lost with the server',
      current: '',
      required: was,
      remedy:
        `Give the ${to} a standby, then: alter system set synchronous_standby_names to ` +
        `${quoteLiteral(was).trim()}; select pg_reload_conf();`,
    },
  ];
}
