import { relationKey } from '../postgres/relation-key.js';
import { movedTables } from '../inspect/moved-tables.js';
import type { ServerFacts } from '../inspect/facts.js';
import type { Check, CheckInput, Seen } from './check.js';
import { isSettable } from '../state/settable.js';
import { numericSetting, shownSetting } from './setting-change.js';

const gibibyte = 1024 ** 3;

/** Bytes to come; below, the load is over before a second checkpoint would begin. */
const worthIt = gibibyte / 2;
/** Powers of two, so that a plan stays the same while the source grows a little. */
const sizes = [2, 4, 8, 16, 32, 64];
/** Seconds between checkpoints in the load. */
const checkpointEvery = 30 * 60;
/**
 * Milliseconds. At the 200 of everyday use the buffers for WAL are full before the WAL writer looks again, and sessions
 * that load write it themselves, page by page and in turn: three that fill one table took a fifth longer, with TOAST a
 * quarter [15.18, measured].
 */
const walWriterDelay = 2;

export const loadSettings: Check = {
  code: 'PGM316',
  slug: 'load-settings',
  title: 'Settings of the target for the load',
  scope: 'any',
  why:
    'With the settings of everyday use the target writes a checkpoint after every half gigabyte of WAL, ' +
    'in the middle of the copy, sessions that load wait for each other to write WAL, and autovacuum ' +
    'reads the tables while they are loaded and their indexes built.',
  decided:
    'For loads of half a gigabyte and more: max_wal_size holds the WAL of the whole load where the disk ' +
    'has room for it twice (where free space is unknown: half of the load at most), checkpoint_timeout is ' +
    '30 minutes or more, wal_writer_delay is 2 ms, autovacuum is off where the target has no other ' +
    'databases. Set with ALTER SYSTEM for the time of the load, put back after it, and after a load that ' +
    'was interrupted. What the role may not set stays as it is; sort memory and commits without waiting ' +
    'are always set, in pgm’s own sessions.',
  remedy:
    'Nothing has to be done. To have them set: connect to the target as a role that may ALTER SYSTEM them ' +
    'and read pg_file_settings (a superuser), or set them there for the time of the load.',
  run: input => {
    const { target } = input;
    const bytes = bytesToCome(input);
    if (target === null || bytes < worthIt) return [];
    const wanted = wantedSettings(input, target, bytes);
    if (wanted.length === 0) return [];
    const refused = wanted.filter(({ name }) => !mayTune(target, name));
    return [
      ...wanted
        .filter(each => !refused.includes(each))
        .map(({ name, value, message }): Seen => ({
          severity: 'info',
          status: 'change',
          server: 'target',
          object: name,
          message,
          current: shown(target, name),
          required: value,
          step: `target/server-setting/${name}`,
          change: { kind: 'load-setting', name, value },
        })),
      ...(refused.length === 0
        ? []
        : [
            {
              severity: 'info',
              server: 'target',
              message:
                'the load would be quicker ' +
                `with ${refused.map(({ name, value }) => `${name} = ${value}`).join(', ')}; ${target.user.name} ` +
                'may not set that for the time of the load and put it back, so it stays as it is',
            } as const,
          ]),
    ];
  },
};

/** Whether this check could ask for such a change. */
export function isLoadSetting({ name, value }: { readonly name: string; readonly value: string }): boolean {
  switch (name) {
    case 'max_wal_size':
      return sizes.some(size => value === `${size}GB`);
    case 'checkpoint_timeout':
      return value === `${checkpointEvery / 60}min`;
    case 'wal_writer_delay':
      return value === `${walWriterDelay}ms`;
    case 'autovacuum':
      return value === 'off';
    default:
      return false;
  }
}

interface Wanted {
  readonly name: string;
  readonly value: string;
  readonly message: string;
}

function wantedSettings(input: CheckInput, target: ServerFacts, bytes: number): readonly Wanted[] {
  const walMegabytes = numericSetting(target, 'max_wal_size');
  const timeout = numericSetting(target, 'checkpoint_timeout');
  const delay = numericSetting(target, 'wal_writer_delay');
  const wal = walSize(target, bytes);
  return [
    ...(walMegabytes !== null && wal !== null && walMegabytes < wal * 1024
      ? [
          {
            name: 'max_wal_size',
            value: `${wal}GB`,
            message: `max_wal_size becomes ${wal}GB for the load, so that no checkpoint runs in the middle of it`,
          },
        ]
      : []),
    ...(timeout !== null && timeout < checkpointEvery
      ? [
          {
            name: 'checkpoint_timeout',
            value: `${checkpointEvery / 60}min`,
            message: `checkpoint_timeout becomes ${checkpointEvery / 60}min for the load`,
          },
        ]
      : []),
    ...(delay !== null && delay > walWriterDelay
      ? [
          {
            name: 'wal_writer_delay',
            value: `${walWriterDelay}ms`,
            message:
              `wal_writer_delay becomes ${walWriterDelay}ms for the load, so that what is ` +
              `loaded does not wait for room in the WAL's buffers`,
          },
        ]
      : []),
    ...(target.settings.get('autovacuum')?.value === 'on' && isAlone(input, target)
      ? [
          {
            name: 'autovacuum',
            value: 'off',
            message: 'autovacuum is off for the load; pgm collects the statistics itself',
          },
        ]
      : []),
  ];
}

/**
 * Gigabytes that hold the load's WAL before a checkpoint is due, twice the load itself; null: there is no room for more
 * than usual.
 */
function walSize({ freeDiskBytes }: ServerFacts, bytes: number): number | null {
  const room = freeDiskBytes === null ? bytes / 2 : (freeDiskBytes - 1.2 * bytes) / 2;
  const fitting = sizes.filter(size => size * gibibyte <= room);
  return fitting.find(size => size * gibibyte >= 2.5 * bytes) ?? fitting.at(-1) ?? null;
}

/** Nobody else's tables want vacuuming meanwhile. */
function isAlone({ facts }: CheckInput, target: ServerFacts): boolean {
  const ours = new Set(facts.databases.map(({ name }) => name));
  return target.databases.every(
    ({ name, isTemplate, allowsConnections }) =>
      isTemplate || !allowsConnections || ours.has(name) || name === 'postgres',
  );
}

/** What was there before must be known, or it could not be put back. */
function mayTune({ provider, alterSystem, canReload, altered }: ServerFacts, name: string): boolean {
  return (
    isSettable('target', name) &&
    provider === null &&
    (alterSystem === 'all' || alterSystem.includes(name)) &&
    canReload &&
    altered !== null
  );
}

function shown(target: ServerFacts, name: string): string | null {
  const setting = target.settings.get(name);
  return setting === undefined ? null : shownSetting(setting);
}

/** Heap, TOAST and indexes of the tables that are not on the target yet. */
function bytesToCome({ facts }: CheckInput): number {
  return facts.databases.reduce((sum, database) => {
    const progress = database.target?.progress;
    if (progress?.stages.done.has('copy') === true && progress.stages.done.has('indexes')) return sum;
    const there = new Set(progress?.parts.map(relationKey));
    return (
      sum +
      movedTables(database)
        .filter(table => !there.has(relationKey(table)))
        .reduce((all, { dataBytes, indexBytes }) => all + dataBytes + indexBytes, 0)
    );
  }, 0);
}
