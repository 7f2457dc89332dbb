import { movedTables } from '../inspect/moved-tables.js';
import type { Check, Seen } from './check.js';
import { numericSetting, settingChange, settingRemedy } from './setting-change.js';

/** Milliseconds. Below, a target that is busy with index builds may answer too late. */
const shortestTimeout = 10_000;

export const walSenderTimeout: Check = {
  code: 'PGM206',
  slug: 'wal-sender-timeout',
  title: 'wal_sender_timeout of the source',
  scope: 'continuous',
  why: 'A target that is busy for longer than this is cut off, and connects again, and is cut off again.',
  decided: `wal_sender_timeout of the source: 0 (off) or at least ${shortestTimeout / 1000} s.`,
  remedy: "alter system set wal_sender_timeout = '1min'; select pg_reload_conf();",
  run: ({ source }) => {
    const value = source === null ? null : numericSetting(source, 'wal_sender_timeout');
    if (source === null || value === null || value === 0 || value >= shortestTimeout) return [];
    return [
      settingChange({
        server: 'source',
        facts: source,
        name: 'wal_sender_timeout',
        value: '60s',
        suffices: () => false,
        message: `wal_sender_timeout is ${value} ms: a busy target would be cut off`,
        required: `${shortestTimeout / 1000} s or more`,
        otherwise: 'warning',
      }),
    ];
  },
};

export const slotLimits: Check = {
  code: 'PGM207',
  slug: 'slot-limits',
  title: 'Limits that invalidate the slot',
  scope: 'continuous',
  why:
    'A slot that holds back more WAL than max_slot_wal_keep_size, or idles longer than ' +
    'idle_replication_slot_timeout, is invalidated; its tables must be copied again. ' +
    "Without a limit, WAL may fill the source's disk instead.",
  decided:
    'max_slot_wal_keep_size (13 on) against the bytes to copy: the slot waits for as long as ' +
    'the copy takes. idle_replication_slot_timeout (18 on) against a day.',
  remedy:
    'Raise max_slot_wal_keep_size, or set -1 while the migration runs and watch ' +
    'the free space; set idle_replication_slot_timeout = 0.',
  run: ({ source, facts }) => {
    if (source === null) return [];
    const seen: Seen[] = [];
    const keepMegabytes = numericSetting(source, 'max_slot_wal_keep_size');
    const bytes = facts.databases.flatMap(movedTables).reduce((sum, { dataBytes }) => sum + dataBytes, 0);
    if (
      keepMegabytes !== null &&
      keepMegabytes >= 0 &&
      keepMegabytes * 1024 * 1024 < Math.max(bytes / 4, 1024 * 1024 * 1024)
    ) {
      seen.push({
        severity: 'warning',
        server: 'source',
        object: 'max_slot_wal_keep_size',
        message: `max_slot_wal_keep_size is ${keepMegabytes} MB: a slot that waits for a long copy may be invalidated`,
        current: `${keepMegabytes}MB`,
        required: '-1, or more than is written while the copy runs',
        remedy: settingRemedy({ server: 'source', facts: source, name: 'max_slot_wal_keep_size', value: '-1' }, false),
      });
    }
    const idle = source.settings.get('idle_replication_slot_timeout');
    const idleSeconds = idle === undefined ? 0 : Number(idle.value) * (idle.unit === 'min' ? 60 : 1);
    if (idleSeconds > 0 && idleSeconds < 86_400) {
      seen.push({
        severity: 'warning',
        server: 'source',
        object: 'idle_replication_slot_timeout',
        message:
          `idle_replication_slot_timeout is ${idleSeconds} s: a slot that waits for the ` +
          'copy, or for a stopped migration, may be invalidated',
        current: `${idleSeconds}s`,
        required: '0, or a day and more',
        remedy: settingRemedy(
          { server: 'source', facts: source, name: 'idle_replication_slot_timeout', value: '0' },
          false,
        ),
      });
    }
    return seen;
  },
};

export const sessionTimeouts: Check = {
  code: 'PGM208',
  slug: 'session-timeouts',
  title: "Timeouts that end pgm's sessions",
  scope: 'any',
  why: 'A copy and the snapshot it reads may take hours in one transaction; a timeout would end it in the middle.',
  decided:
    'transaction_timeout, idle_in_transaction_session_timeout and statement_timeout as they hold ' +
    'for the role. pgm turns the last two off for its own sessions; transaction_timeout (17 on) ' +
    'is checked because other programs of the copy may not.',
  remedy: 'alter role R set transaction_timeout = 0;',
  run: ({ source, target }) =>
    (
      [
        ['source', source],
        ['target', target],
      ] as const
    ).flatMap(([server, facts]): Seen[] => {
      if (facts === null) return [];
      const value = numericSetting(facts, 'transaction_timeout') ?? 0;
      const hard: Seen[] =
        value === 0
          ? []
          : [
              {
                severity: 'warning',
                server,
                object: 'transaction_timeout',
                message: `transaction_timeout is ${value} ms for role ${facts.user.name}`,
                current: `${value}ms`,
                required: '0',
                remedy: `alter role "${facts.user.name.replaceAll('"', '""')}" set transaction_timeout = 0;`,
              },
            ];
      const soft = ['idle_in_transaction_session_timeout', 'statement_timeout'].filter(
        name => (numericSetting(facts, name) ?? 0) > 0,
      );
      return [
        ...hard,
        ...soft.map((name): Seen => ({
          severity: 'info',
          server,
          object: name,
          message: `${name} is set; pgm turns it off for its own sessions`,
          current: facts.settings.get(name)?.value ?? null,
        })),
      ];
    }),
};

export const outputPlugins: Check = {
  code: 'PGM209',
  slug: 'output-plugins',
  title: 'Output plugin pgoutput',
  scope: 'continuous',
  why:
    'Since the minor releases of August 2026, output_plugin_libraries lists the plugins ' +
    'that slots may use; without pgoutput no slot of ours can be made.',
  decided:
    'output_plugin_libraries, where the server knows it, must list pgoutput. An older minor release does ' +
    'not know the setting and would not start with it: pgm never sets it there.',
  remedy: "alter system set output_plugin_libraries = 'pgoutput'; select pg_reload_conf();",
  run: ({ source }) => {
    const setting = source?.settings.get('output_plugin_libraries');
    if (source === null || setting === undefined) return [];
    const listed = (value: string): boolean =>
      value
        .split(',')
        .map(each => each.trim().replaceAll('"', ''))
        .some(each => each === 'pgoutput' || each === '*');
    if (listed(setting.value))
      return [
        {
          severity: 'ok',
          server: 'source',
          object: 'output_plugin_libraries',
          message: 'pgoutput may be used',
          current: setting.value,
        },
      ];
    const value = setting.value.trim() === '' ? 'pgoutput' : `${setting.value}, pgoutput`;
    return [
      settingChange({
        server: 'source',
        facts: source,
        name: 'output_plugin_libraries',
        value,
        suffices: listed,
        message: 'output_plugin_libraries does not list pgoutput',
        required: value,
      }),
    ];
  },
};
