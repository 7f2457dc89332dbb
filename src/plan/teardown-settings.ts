import type { Remains } from '../inspect/remains.js';
import type { SettingInFiles } from '../inspect/settings-now.js';
import type { Lockfile, SettingRecord } from '../state/lockfile.js';
import { undoOf } from '../steps/setting-undo.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { undoSetting } from '../steps/undo-setting.js';
import { othersOn, putBack, type PutBack } from './put-back.js';

export interface SettingsPlan {
  readonly steps: readonly PlannedStep[];
  readonly stays: readonly string[];
}

/**
 * One server's settings go back only where nobody has changed them since and nobody else needs them; what stays is
 * said, with its SQL. One after another: each has the server read its files again.
 * @param changed as pgm found them, of both servers
 */
export function undoSettings(
  migration: string,
  side: 'source' | 'target',
  { server, settings: now }: Remains,
  changed: Lockfile['settings'],
  after: readonly string[],
): SettingsPlan {
  const steps: PlannedStep[] = [];
  const stays: string[] = [];
  const others = othersOn(server, migration);
  const maxWalSenders = walSendersLeft(now, changed, server);
  const decide = (record: SettingRecord): PutBack => {
    switch (record.kind) {
      case 'replica-identity':
        return { kind: 'put-back' };
      case 'hba':
        return putBack(hbaFile, written(record.lines), asItIs(record.lines), others, maxWalSenders);
      case 'server-setting':
        return putBack(record.name, record, now.get(record.name), others, maxWalSenders);
    }
  };
  for (const [key, record] of Object.entries(changed)) {
    if (record.server !== side) continue;
    const undo = undoOf(record);
    if (undo === null) {
      stays.push(`the record of ${key} is not one that pgm writes: nothing is done for it`);
      continue;
    }
    const decided = decide(record);
    if (decided.kind === 'stays') {
      const name = settingName(record) ?? key;
      stays.push(`${side}: ${name} stays as pgm set it: ${decided.why}. To put it back: ${undo.statements[0] ?? ''}`);
      continue;
    }
    const name = settingName(record);
    const atStart = name !== null && server.settings.get(name)?.context === 'postmaster';
    const last = steps.at(-1);
    steps.push(planned(undoSetting, { record, atStart }, last === undefined ? after : [...after, last.id]));
  }
  return { steps, stays };
}

/** Those of the server's own, whose state must be read first. */
export function settingNames(changed: Lockfile['settings'], side: 'source' | 'target'): readonly string[] {
  return Object.values(changed).flatMap(record => (record.server === side ? (settingName(record) ?? []) : []));
}

const hbaFile = 'pg_hba.conf';

/** null: it is no setting of the server. */
function settingName(record: SettingRecord): string | null {
  switch (record.kind) {
    case 'server-setting':
      return record.name;
    case 'hba':
      return hbaFile;
    case 'replica-identity':
      return null;
  }
}

const written = (lines: readonly string[]): { before: null; after: string } => ({
  before: null,
  after: lines.join('\n'),
});

/** The lines are looked for when they are taken out. */
function asItIs(lines: readonly string[]): SettingInFiles {
  const { after } = written(lines);
  return { value: after, altered: after, beneath: null, filesReadable: true };
}

/** max_wal_senders as it will be: what pgm puts back, else what a restart brings. */
function walSendersLeft(now: Remains['settings'], changed: Lockfile['settings'], server: Remains['server']): number {
  const record = changed['source/max_wal_senders'];
  const setting = server.settings.get('max_wal_senders');
  return Number(
    record?.kind !== 'server-setting'
      ? (setting?.fileValue ?? setting?.value ?? 0)
      : (record.before ?? now.get('max_wal_senders')?.beneath ?? record.after),
  );
}
