import type { ServerFacts } from '../inspect/facts.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import { decodes, neededWalLevel } from '../postgres/majors.js';
import type { Check, Seen } from './check.js';
import { lanesAtWork } from './drift-lanes.js';
import { filesOf, lineThatLetsIn, putOnTop } from './hba-lines.js';
import { slotsWanted } from './needs.js';
import { numericSetting, settingRemedy } from './setting-change.js';
import { walLevel } from './wal-level.js';

const wantedLevel = (facts: ServerFacts): Parameters<typeof settingRemedy>[0] => ({
  server: 'source',
  facts,
  name: 'wal_level',
  value: neededWalLevel(facts.versionNum),
  providers: walLevel.providers,
});

export const settingsLowered: Check = {
  code: 'PGM603',
  slug: 'settings-lowered',
  title: 'Changed settings of the source',
  scope: 'continuous',
  why:
    'With wal_level below logical the slots are of no use, and a server with slots refuses to start ' +
    'with less; with fewer slots than are in use it does not start either.',
  decided:
    'wal_level and max_replication_slots, as they are and as the ' +
    'configuration files set them at the next restart.',
  remedy: 'Undo the change: alter system reset NAME; or correct postgresql.conf, then select pg_reload_conf();',
  run: input => {
    const { source } = input;
    if (source === null || lanesAtWork(input).length === 0) return [];
    const seen: Seen[] = [];
    const level = source.settings.get('wal_level');
    if (level !== undefined && !decodes(level.value, source.versionNum)) {
      seen.push({
        severity: 'error',
        server: 'source',
        object: 'wal_level',
        message: `wal_level was lowered to ${level.value} while tables are replicated`,
        current: level.value,
        required: neededWalLevel(source.versionNum),
        remedy: settingRemedy(wantedLevel(source), true),
      });
    } else if (
      level?.fileValue !== undefined &&
      level.fileValue !== null &&
      !decodes(level.fileValue, source.versionNum)
    ) {
      seen.push({
        severity: 'warning',
        server: 'source',
        object: 'wal_level',
        message:
          `the next restart would lower wal_level to ${level.fileValue}; ` +
          'the source would not start with its slots',
        current: level.fileValue,
        required: neededWalLevel(source.versionNum),
        remedy: settingRemedy(wantedLevel(source), false),
      });
    }
    const slots = source.settings.get('max_replication_slots');
    const inFile = slots?.fileValue ?? null;
    if (inFile !== null && Number(inFile) < source.slots.length) {
      seen.push({
        severity: 'warning',
        server: 'source',
        object: 'max_replication_slots',
        message:
          `the next restart would lower max_replication_slots to ${inFile}, ` +
          `with ${source.slots.length} slots in use: the source would not start`,
        current: inFile,
        required: `${slotsWanted(input)} or more`,
        remedy: settingRemedy(
          {
            server: 'source',
            facts: source,
            name: 'max_replication_slots',
            value: String(Math.max(slotsWanted(input), numericSetting(source, 'max_replication_slots') ?? 0)),
          },
          false,
        ),
      });
    }
    return seen;
  },
};

export const accessChanged: Check = {
  code: 'PGM609',
  slug: 'access-changed',
  title: 'Access from the target to the source',
  scope: 'continuous',
  why:
    'A connection that is up stays up; the next one fails when pg_hba.conf, a firewall, the ' +
    'password or listen_addresses has changed, and replication then stops.',
  decided:
    'The same probe as PGM108, while lanes are running; and listen_addresses ' +
    'as the files set it at the next restart.',
  remedy: 'Undo the change.',
  run: input => {
    const { facts, source } = input;
    if (source === null || lanesAtWork(input).length === 0) return [];
    const seen: Seen[] = [];
    if (facts.dial?.reachable === false) {
      seen.push({
        severity: 'warning',
        server: 'source',
        object: facts.dial.address,
        message: `the target can no longer connect to the source at ${facts.dial.address}: ${facts.dial.message ?? ''}`,
        current: null,
        required: 'a connection',
        remedy: letInAgain(facts.dial.message ?? '', source),
      });
    }
    const listens = source.settings.get('listen_addresses');
    if (listens?.fileValue !== undefined && listens.fileValue !== null) {
      seen.push({
        severity: 'warning',
        server: 'source',
        object: 'listen_addresses',
        message: `the next restart changes listen_addresses from '${listens.value}' to '${listens.fileValue}'`,
        current: listens.fileValue,
        required: listens.value,
        remedy:
          '-- unless the target still reaches the source then:\nalter system set listen_addresses ' +
          `= ${quoteLiteral(listens.value).trim()};\nselect pg_reload_conf();`,
      });
    }
    return seen;
  },
};

/** The server's words tell whether pg_hba.conf refused, and whom. */
function letInAgain(refusal: string, source: ServerFacts): string {
  const line = lineThatLetsIn(refusal);
  return line === null ? accessChanged.remedy : putOnTop('source', [line], filesOf(source));
}
