import type { Way } from '../inspect/rights.js';
import { qualifiedName, quoteIdentifier, quoteLiteral, qualifiedNameInText } from '../postgres/identifiers.js';
import { has, type Feature } from '../postgres/since.js';

export interface Relation {
  readonly schema: string;
  readonly name: string;
}

/** Each published table is locked (SHARE UPDATE EXCLUSIVE) until commit; so few at a time that the lock table holds. */
const tablesPerStatement = 500;

/** Statements that make a publication with its final list of tables. */
export function createPublication(name: string, tables: readonly Relation[], comment: string): readonly string[] {
  const [first = [], ...rest] = chunks(tables);
  const list = first.length === 0 ? '' : ` for table only ${first.map(qualifiedName).join(', only ')}`;
  return [
    `create publication ${quoteIdentifier(name)}${list} with (publish = 'insert, update, delete, truncate')`,
    ...rest.flatMap(part => addToPublication(name, part)),
    `comment on publication ${quoteIdentifier(name)} is ${quoteLiteral(comment)}`,
  ];
}

/**
 * The same through aiven_extras, whose function runs as a superuser: the publication is then the caller's, who may
 * comment and drop it, but not add tables [1.1.18].
 */
export function createPublicationByExtras(
  name: string,
  tables: readonly Relation[],
  comment: string,
): readonly string[] {
  const list = tables.map(table => quoteLiteral(qualifiedNameInText(table))).join(', ');
  return [
    `select aiven_extras.pg_create_publication(${quoteLiteral(name)}, ` +
      `'insert,update,delete,truncate', variadic array[${list}]::text[])`,
    `comment on publication ${quoteIdentifier(name)} is ${quoteLiteral(comment)}`,
  ];
}

export function dropFromPublication(name: string, tables: readonly Relation[]): readonly string[] {
  return chunks(tables).map(
    part => `alter publication ${quoteIdentifier(name)} drop table ${part.map(qualifiedName).join(', ')}`,
  );
}

export function addToPublication(name: string, tables: readonly Relation[]): readonly string[] {
  return chunks(tables).map(
    part => `alter publication ${quoteIdentifier(name)} add table only ${part.map(qualifiedName).join(', only ')}`,
  );
}

/** Of a disabled subscription. */
export function setSlot(name: string, slot: string): string {
  return `alter subscription ${quoteIdentifier(name)} set (slot_name = ${quoteLiteral(slot)})`;
}

export function refreshTables(name: string): string {
  return `alter subscription ${quoteIdentifier(name)} refresh publication with (copy_data = false)`;
}

function chunks(tables: readonly Relation[]): readonly (readonly Relation[])[] {
  return Array.from({ length: Math.ceil(tables.length / tablesPerStatement) }, (_, index) =>
    tables.slice(index * tablesPerStatement, (index + 1) * tablesPerStatement),
  );
}

export interface SubscriptionOptions {
  readonly name: string;
  /** libpq keyword string, with the password; or `(sensitive)` where the statement is shown. */
  readonly conninfo: string;
  readonly publication: string;
  readonly slot: string;
  readonly enabled: boolean;
  /** `server_version_num` of the subscriber and of the publisher: options came one by one. */
  readonly subscriberVersion: number;
  readonly publisherVersion: number;
  /** The slot was made so: a subscription of 17 and later sets its slot to what it says itself. */
  readonly failover: boolean;
  /** How the subscriber's role may make it (inspect/rights.ts). */
  readonly way: Way;
}

/**
 * Uses an existing slot from its consistent point, copies nothing. `origin` stays `any`: with `none` the changes that
 * reach the source by replication of its own would be left out; loops cannot arise, since only one direction is enabled
 * at a time and its slot begins after the other's last change.
 */
export function createSubscription(options: SubscriptionOptions): string {
  const { subscriberVersion, publisherVersion } = options;
  const both = (feature: Feature): boolean => has(subscriberVersion, feature) && has(publisherVersion, feature);
  const settings = [
    'create_slot = false',
    `slot_name = ${quoteLiteral(options.slot)}`,
    'copy_data = false',
    `enabled = ${options.enabled}`,
    'synchronous_commit = off',
    ...(both('parallelApply') ? ['streaming = parallel'] : both('streaming') ? ['streaming = on'] : []),
    ...(has(subscriberVersion, 'applyErrors') ? ['disable_on_error = false'] : []),
    ...(options.failover && has(subscriberVersion, 'failoverSlots') ? ['failover = true'] : []),
  ];
  return (
    `create subscription ${quoteIdentifier(options.name)} connection ${quoteLiteral(options.conninfo)} ` +
    `publication ${quoteIdentifier(options.publication)} with (${settings.join(', ')})`
  );
}

/**
 * The same through aiven_extras. It makes the subscription enabled, whatever was asked [1.1.18]; disabled again before
 * the commit, no worker ever sees it.
 */
export function createSubscriptionByExtras({
  name,
  conninfo,
  publication,
  slot,
  enabled,
}: SubscriptionOptions): readonly string[] {
  const texts = [name, conninfo, publication, slot].map(quoteLiteral).join(', ');
  return [
    `select aiven_extras.pg_create_subscription(${texts}, false, false)`,
    ...(enabled ? [] : [turnSubscription(name, 'disable', 'aiven_extras')]),
  ];
}

/** Its worker ends and another dials anew; slot and position stay. */
export function alterConnection(name: string, conninfo: string): string {
  return `alter subscription ${quoteIdentifier(name)} connection ${quoteLiteral(conninfo)}`;
}

/** Drops a subscription and leaves its slot to whoever owns it; works when the publisher cannot be reached. */
export function dropSubscription(name: string): readonly string[] {
  const subscription = quoteIdentifier(name);
  return [
    `alter subscription ${subscription} disable`,
    `alter subscription ${subscription} set (slot_name = none)`,
    `drop subscription ${subscription}`,
  ];
}

/** The same of one that aiven_extras made: it belongs to a superuser, and only its functions may touch it. */
export function dropSubscriptionByExtras(name: string): readonly string[] {
  const text = quoteLiteral(name);
  return [
    turnSubscription(name, 'disable', 'aiven_extras'),
    `select aiven_extras.pg_drop_subscription(${text}, false)`,
  ];
}

/** @param change how it goes on */
export function turnSubscription(name: string, change: 'enable' | 'disable', way: Way): string {
  return way === 'plain'
    ? `alter subscription ${quoteIdentifier(name)} ${change}`
    : `select aiven_extras.pg_alter_subscription_${change}(${quoteLiteral(name)})`;
}

export function dropSlot(name: string): string {
  return `select pg_drop_replication_slot(${quoteLiteral(name)})`;
}

export function dropPublication(name: string): string {
  return `drop publication ${quoteIdentifier(name)}`;
}

/**
 * Makes an apply worker leave out the tables that its publication no longer has, also in what is still under way: the
 * source sends by the publication as it was at each change. A worker that runs keeps what it knew [source of 14 to 18:
 * logicalrep_rel_open asks again only about tables that are not ready], so that another one must come. A disabled
 * subscription is not refreshed ("not allowed for disabled subscriptions", 12 to 18).
 */
export function forgetTables(
  name: string,
): readonly [enable: string, refresh: string, disable: string, enableAgain: string] {
  const subscription = quoteIdentifier(name);
  return [
    `alter subscription ${subscription} enable`,
    refreshTables(name),
    `alter subscription ${subscription} disable`,
    `alter subscription ${subscription} enable`,
  ];
}
