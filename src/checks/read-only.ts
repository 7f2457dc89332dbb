import type { DatabaseListing } from '../inspect/facts.js';

/** Whether a setting `name=value` has transactions begin read-only, in any spelling that the server takes. */
export function isReadOnlySetting(setting: string): boolean {
  return /^default_transaction_read_only=(?:on|t(?:r(?:u(?:e)?)?)?|y(?:e(?:s)?)?|1)$/i.test(setting);
}

/** Everybody's transactions begin read-only there. */
export function beginsReadOnly({ roleSettings }: DatabaseListing): boolean {
  return roleSettings.some(({ role, setting }) => role === null && isReadOnlySetting(setting));
}
