import type { Check } from './check.js';
import { lanesWanted } from './needs.js';
import { numericSetting, settingChange } from './setting-change.js';
import { has } from '../postgres/since.js';

/** Milliseconds; a value that starts ten databases in 5 s. */
const quick = 500;

export const retryInterval: Check = {
  code: 'PGM314',
  slug: 'apply-start',
  title: 'Start of the subscriptions',
  scope: 'continuous',
  why:
    'Up to 15 the target starts at most one apply worker per wal_retrieve_retry_interval in the whole server: ' +
    'with 5 s, ten databases take 50 s to begin, and as long to come back after a restart.',
  decided:
    'wal_retrieve_retry_interval on a target up to 15 that gets more than one lane: at ' +
    `most ${quick} ms. pgm sets it for the time of the migration.`,
  remedy: "alter system set wal_retrieve_retry_interval = '500ms'; select pg_reload_conf();",
  run: input => {
    const { target } = input;
    const value = target === null ? null : numericSetting(target, 'wal_retrieve_retry_interval');
    if (
      target === null ||
      value === null ||
      has(target.versionNum, 'startsAtOnce') ||
      lanesWanted(input) < 2 ||
      value <= quick
    )
      return [];
    return [
      settingChange({
        server: 'target',
        facts: target,
        name: 'wal_retrieve_retry_interval',
        value: `${quick}ms`,
        suffices: () => false,
        message:
          `wal_retrieve_retry_interval is ${value} ms: the ${lanesWanted(input)} ` +
          'subscriptions start one by one, that far apart',
        required: `${quick}ms or less`,
        otherwise: 'warning',
      }),
    ];
  },
};
