import { isOurs } from '../checks/check.js';
import type { ServerFacts } from '../inspect/facts.js';
import type { SettingInFiles } from '../inspect/settings-now.js';
import type { ServerSetting } from '../state/lockfile.js';

/** What stands on a server that is not the migration's. */
export interface Others {
  readonly logicalSlots: number;
  readonly physicalSlots: number;
  /** Standbys and other receivers that are connected, also without a slot. */
  readonly walSenders: number;
  readonly subscriptions: number;
}

export type PutBack = { readonly kind: 'put-back' } | { readonly kind: 'stays'; readonly why: string };

export function othersOn(server: ServerFacts, migration: string): Others {
  const slots = server.slots.filter(({ name, temporary }) => !temporary && !isOurs(name, migration));
  const oursAtWork = server.slots.filter(({ name, active }) => active && isOurs(name, migration)).length;
  return {
    logicalSlots: slots.filter(({ plugin }) => plugin !== null).length,
    physicalSlots: slots.filter(({ plugin }) => plugin === null).length,
    walSenders: Math.max(0, server.walSendersInUse - oursAtWork),
    subscriptions: server.subscriptions.filter(({ name }) => !isOurs(name, migration)).length,
  };
}

/**
 * Whether a setting that pgm changed may be what it was: not when somebody has changed it since, and not when what
 * others have on the server needs the value. A server with more slots than max_replication_slots, or with a logical
 * slot and wal_level replica, does not start [12 to 18].
 */
export function putBack(
  name: string,
  { before, after }: Pick<ServerSetting, 'before' | 'after'>,
  now: SettingInFiles | undefined,
  others: Others,
  maxWalSenders: number,
): PutBack {
  if (now === undefined) return stays('the server does not know it');
  if (now.filesReadable && now.altered === before) return { kind: 'put-back' };
  if (now.filesReadable && now.altered !== after)
    return stays(
      `somebody has set ${now.altered === null ? 'it to its default' : `it to ${now.altered}`} since pgm ` +
        `made it ${after}`,
    );
  const value = before ?? now.beneath;
  const slots = others.logicalSlots + others.physicalSlots;
  const need = needed(name, others);
  if (need === null) return { kind: 'put-back' };
  const told = describe(others);
  if (name === 'wal_level') {
    if (value === 'logical') return { kind: 'put-back' };
    if (others.logicalSlots > 0) return stays(`others replicate from this server (${told})`);
    if (value === 'minimal' && (slots > 0 || others.walSenders > 0 || maxWalSenders > 0))
      return stays(
        slots > 0 || others.walSenders > 0
          ? `others replicate from this server (${told})`
          : 'with minimal the server does not start while max_wal_senders is above 0',
      );
    return value === null && slots > 0 ? stays(unknown(told)) : { kind: 'put-back' };
  }
  if (need === 0) return { kind: 'put-back' };
  if (need === 'any') return stays(`others use this server too (${told})`);
  if (value === null || Number.isNaN(Number(value))) return stays(unknown(told));
  return Number(value) >= need
    ? { kind: 'put-back' }
    : stays(`${value} would be too few for what others have there (${told})`);
}

/** How much of it others need: a number, `any` where no number says it; null: it is nobody's but pgm's. */
function needed(name: string, others: Others): number | 'any' | null {
  const { logicalSlots, physicalSlots, walSenders, subscriptions } = others;
  const slots = logicalSlots + physicalSlots;
  const anyone = slots + walSenders + subscriptions > 0 ? 'any' : 0;
  switch (name) {
    case 'wal_level':
      return slots;
    case 'max_replication_slots':
      // Up to 17 a subscriber keeps its origins within it, too.
      return Math.max(slots, subscriptions);
    case 'max_wal_senders':
      return Math.max(slots, walSenders);
    case 'max_active_replication_origins':
    case 'max_logical_replication_workers':
      return subscriptions;
    case 'max_worker_processes':
      return subscriptions === 0 ? 0 : subscriptions + 1;
    case 'listen_addresses':
    case 'pg_hba.conf':
    case 'output_plugin_libraries':
    case 'wal_sender_timeout':
    case 'max_slot_wal_keep_size':
      return anyone;
    default:
      return null;
  }
}

function describe({ logicalSlots, physicalSlots, walSenders, subscriptions }: Others): string {
  return [
    [logicalSlots, 'logical slot'] as const,
    [physicalSlots, 'physical slot'] as const,
    [walSenders, 'connected receiver'] as const,
    [subscriptions, 'subscription'] as const,
  ]
    .flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`]))
    .join(', ');
}

const unknown = (told: string): string => `the value without it cannot be read, and others use the server (${told})`;

function stays(why: string): PutBack {
  return { kind: 'stays', why };
}
