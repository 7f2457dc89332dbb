import type { RoleFacts, RoleRights } from './facts.js';
import { has } from '../postgres/since.js';

/** Attributes that not everyone with CREATEROLE may give. */
export const guardedAttributes = ['superuser', 'replication', 'bypassrls', 'createdb'] as const;

export type GuardedAttribute = (typeof guardedAttributes)[number];

export type GivableAttributes = readonly GuardedAttribute[];

/** A superuser gives all; from 16 on everyone what they have themselves but SUPERUSER, before 16 only CREATEDB. */
export function givableAttributes(user: RoleRights, versionNum: number): GivableAttributes {
  if (user.superuser) return guardedAttributes;
  if (!has(versionNum, 'membershipOptions')) return ['createdb'];
  return (['replication', 'bypassrls', 'createdb'] as const).filter(attribute => user[attribute]);
}

/** What a role has on the source and would not get. */
export function lostAttributes(role: RoleFacts, gives: GivableAttributes): readonly GuardedAttribute[] {
  return guardedAttributes.filter(attribute => role[attribute] && !gives.includes(attribute));
}
