import type { SlotFacts } from '../inspect/facts.js';
import { movedTables } from '../inspect/moved-tables.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';
import { isOurs, migrationOf } from './check.js';
import { reach } from './command-lines.js';
import { providerSetting } from './setting-change.js';

export const standby: Check = {
  code: 'PGM211',
  slug: 'standby',
  title: 'Source on a standby',
  scope: 'continuous',
  why: 'No publication can be made on a standby, and no setting of the primary changed from there.',
  decided: 'pg_is_in_recovery() on the source.',
  remedy:
    'Connect to the primary: list all hosts in the connection with target_session_attrs=primary, or use method: dump.',
  run: ({ source }) =>
    source?.inRecovery === true
      ? [
          {
            severity: 'error',
            server: 'source',
            object: `${source.host}:${source.port}`,
            message: `the source (${source.host}:${source.port}) is a standby`,
            current: 'standby',
            required: 'primary',
            remedy: standby.remedy,
          },
        ]
      : [],
};

const warnBelow = 200_000_000;
const stopBelow = 40_000_000;

export const wraparound: Check = {
  code: 'PGM212',
  slug: 'wraparound',
  title: 'Transaction IDs until wraparound',
  scope: 'any',
  momentary: true,
  why:
    'The copy holds a snapshot, and a slot holds the catalogs, so vacuum cannot freeze what is ' +
    'newer; a server near wraparound may stop taking writes before the copy ends.',
  decided:
    'Transactions left until the oldest database of the source refuses new ones: a warning ' +
    `below ${warnBelow / 1e6} million, an error below ${stopBelow / 1e6} million.`,
  remedy:
    'vacuum (freeze) in the databases with the greatest age(datfrozenxid); look ' +
    'for old transactions and slots that hold it back.',
  run: ({ source, spec }) => {
    if (source === null || source.xidsLeft >= warnBelow) return [];
    const millions = `${Math.floor(source.xidsLeft / 1e6)} million`;
    return [
      {
        severity: source.xidsLeft < stopBelow ? 'error' : 'warning',
        server: 'source',
        message: `${millions} transaction ids are left until wraparound`,
        current: millions,
        required: `${warnBelow / 1e6} million or more`,
        remedy: `vacuumdb --all --freeze ${reach(spec, 'source', source)}`,
      },
    ];
  },
};

/** Bytes of WAL that an abandoned slot holds before it is worth a word. */
const muchWal = 1024 * 1024 * 1024;

export const otherSlots: Check = {
  code: 'PGM213',
  slug: 'other-slots',
  title: 'Abandoned replication slots',
  scope: 'any',
  momentary: true,
  why:
    'A slot that nobody reads keeps all WAL since, until the disk is ' +
    'full, and counts against max_replication_slots.',
  decided:
    "Inactive slots that are not this migration's: those that pgm made for another one, and those that hold " +
    "more than 1 GiB. Whose a slot is, is read from its name (pgm's), its plugin and its database.",
  remedy: "select pg_drop_replication_slot('NAME'); when nobody needs it any more.",
  run: ({ source, spec }) =>
    (source?.slots ?? [])
      .filter(slot => !slot.active && !slot.temporary && !isOurs(slot.name, spec.name))
      .filter(
        slot => slot.name.startsWith('pgm_') || (slot.retainedWalBytes ?? 0) > muchWal || slot.walStatus === 'lost',
      )
      .map((slot): Seen => {
        const whose = ownerOf(slot);
        const held =
          slot.walStatus === 'lost'
            ? 'is lost'
            : `holds ${Math.ceil((slot.retainedWalBytes ?? 0) / 1048576)} MiB of WAL`;
        return {
          severity: 'warning',
          server: 'source',
          ...(slot.database === null ? {} : { database: slot.database }),
          object: slot.name,
          message: `replication slot ${slot.name} (${whose.words}) is not in use and ${held}`,
          current: 'inactive',
          remedy: `select pg_drop_replication_slot(${quoteLiteral(slot.name).trim()});\n-- ${whose.first}`,
        };
      }),
};

interface SlotOwner {
  readonly words: string;
  /** What to make sure of before it is dropped. */
  readonly first: string;
}

function ownerOf({ name, plugin, database }: SlotFacts): SlotOwner {
  const other = migrationOf(name);
  if (other !== null)
    return {
      words: `of pgm’s migration ${other}`,
      first: `only when that migration is over; pgm destroy, with its spec, does it too`,
    };
  if (plugin === null)
    return { words: 'physical: of a standby or a backup', first: 'only when that standby or backup is gone for good' };
  return {
    words: `logical, by ${plugin}${database === null ? '' : ` in database ${database}`}`,
    first: 'only when its reader, a subscription or a program, is gone for good',
  };
}

export const pendingRestart: Check = {
  code: 'PGM214',
  slug: 'pending-restart',
  title: 'Settings that wait for a restart',
  scope: 'any',
  why:
    'A value that someone wrote into the configuration and that still waits for ' +
    "a restart comes into force with pgm's restart too.",
  decided:
    'pending_restart in pg_settings, with the value in the files where the role may read it. Only ' +
    'settings that pgm looks at are known; what pgm changed itself is left out.',
  remedy: 'Make sure that the waiting value is meant; alter system reset NAME; undoes it.',
  run: ({ source, target, lockfile }) =>
    (
      [
        ['source', source],
        ['target', target],
      ] as const
    ).flatMap(([server, facts]): Seen[] =>
      [...(facts?.settings ?? [])]
        .filter(([name, setting]) => setting.pendingRestart && lockfile?.settings[`${server}/${name}`] === undefined)
        .map(([name, { value, fileValue }]): Seen => ({
          severity: 'warning',
          server,
          object: name,
          message: `${name} was changed and waits for a restart`,
          current: value,
          ...(fileValue === null ? {} : { required: fileValue }),
          remedy:
            `${facts === null || facts.provider === null ? `alter system reset ${name};\nselect pg_reload_conf();` : providerSetting(facts.provider, name, value, false)}\n-- ` +
            'or leave it: the next restart brings it',
        })),
    ),
};

export const walSpace: Check = {
  code: 'PGM215',
  slug: 'wal-space',
  title: 'Free disk space for WAL on the source',
  scope: 'continuous',
  momentary: true,
  why: 'While the copy runs the slot keeps all WAL that is written; a full disk stops the source.',
  decided:
    'Free bytes where the data lives, where pgm can know them (a server on this machine; elsewhere it ' +
    'says that they are unknown), against a tenth of the bytes to copy and 1 GiB.',
  remedy:
    'Make room, or copy in a quiet hour; max_slot_wal_keep_size bounds what ' +
    'the slot may hold, at the price of copying again.',
  run: ({ source, facts }) => {
    if (source === null || facts.databases.length === 0) return [];
    const bytes = facts.databases.flatMap(movedTables).reduce((sum, { dataBytes }) => sum + dataBytes, 0);
    const needed = Math.max(bytes / 10, 1024 * 1024 * 1024);
    if (source.freeDiskBytes === null)
      return [
        {
          severity: 'info',
          server: 'source',
          message:
            "how much is free on the source's disk is unknown; the slot keeps " +
            'all WAL that is written while the copy runs',
          current: 'unknown',
          required: `${gibibytes(needed)} or more`,
        },
      ];
    if (source.freeDiskBytes >= needed) return [];
    return [
      {
        severity: 'warning',
        server: 'source',
        message: `${gibibytes(source.freeDiskBytes)} are free on the source's disk`,
        current: gibibytes(source.freeDiskBytes),
        required: `${gibibytes(needed)} or more`,
        remedy: walSpace.remedy,
      },
    ];
  },
};

export function gibibytes(bytes: number): string {
  return bytes < 1073741824 ? `${Math.ceil(bytes / 1048576)} MiB` : `${(bytes / 1073741824).toFixed(1)} GiB`;
}
