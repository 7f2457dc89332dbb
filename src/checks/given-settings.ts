import { inBaseUnit } from '../inspect/base-unit.js';
import type { ServerFacts } from '../inspect/facts.js';
import { ownSetting } from './result-settings.js';

/** What sessions in a database begin with, in base units, where their role says nothing else. */
export interface SessionSetting {
  readonly value: string;
  readonly unit: string | null;
  /** Nobody chose it: PostgreSQL has it so. */
  readonly isDefault: boolean;
}

/** null: not known with these rights, or a version without it. */
export function sessionSetting(server: ServerFacts, database: string, name: string): SessionSetting | null {
  const given = server.given.get(name);
  const unit = given?.unit ?? server.settings.get(name)?.unit ?? null;
  const listing = server.databases.find(each => each.name === database);
  const own = ownSetting(listing, name) ?? forAll(server, name);
  if (own === undefined) return given ?? null;
  return { value: inBaseUnit(own, unit), unit, isDefault: false };
}

function forAll({ settingsForAll }: ServerFacts, wanted: string): string | undefined {
  const found = settingsForAll.find(setting => setting.split('=')[0]?.toLowerCase() === wanted);
  return found?.slice(found.indexOf('=') + 1);
}
