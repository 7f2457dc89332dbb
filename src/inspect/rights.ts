import { brokenOff } from './aiven-extras.js';
import type { Spec } from '../spec/spec.js';
import { dialledRole } from '../postgres/dial-conninfo.js';
import { relationKey } from '../postgres/relation-key.js';
import type { AivenExtras, AvailableExtension, DatabaseFacts, Provider, RoleRights, ServerFacts } from './facts.js';
import { publishedTables } from './moved-tables.js';

/** By SQL of its own, or through aiven_extras, whose functions run as a superuser. */
export type Way = 'plain' | 'aiven_extras';

/**
 * How a role may do something on a server, decided here and nowhere else: checks tell it, the plan shows it, steps
 * follow it. By what the role may really do, not by an extension's presence.
 */
export type Right =
  | { readonly way: Way; /** aiven_extras has to be created first, and can be. */ readonly needsExtension: boolean }
  | {
      readonly way: null;
      /** `execute`: aiven_extras is there, its functions are not for this role. `create`: on the database. */
      readonly lacking: 'role' | 'ownership' | 'create' | 'password' | 'execute';
    };

/** Who asks, as inspected. */
export interface Asking {
  readonly user: RoleRights;
  readonly versionNum: number;
  readonly provider: Provider | null;
  readonly availableExtensions: readonly AvailableExtension[];
}

/** What it may do in one database. */
export interface Room {
  readonly canCreate: boolean;
  readonly aivenExtras: AivenExtras | null;
}

/**
 * Roles that a provider's own PostgreSQL lets subscribe. From 16 on they are members of pg_create_subscription; before,
 * the service's patch asks for the role's name. RDS and Aurora: the guide's "rds_superuser role"; Cloud SQL: "creating
 * replication publications and subscriptions" of cloudsqlsuperuser; Neon: neondatabase/neon#6484 (14 and 15). Supabase
 * has it from 16 on by pg_create_subscription only.
 */
const subscribers: Partial<Readonly<Record<Provider, string>>> = {
  rds: 'rds_superuser',
  aurora: 'rds_superuser',
  cloudsql: 'cloudsqlsuperuser',
  alloydb: 'alloydbsuperuser',
  azure: 'azure_pg_admin',
  neon: 'neon_superuser',
};

/** Slots and streaming: the attribute, or RDS's role in its place. */
export function mayReplicate({ user }: Pick<Asking, 'user'>): boolean {
  return user.superuser || user.replication || user.memberOf.includes('rds_replication');
}

/** The server lets the role make subscriptions by SQL of its own, in databases where it has CREATE. */
export function subscribesItself({ user, provider }: Pick<Asking, 'user' | 'provider'>): boolean {
  const role = provider === null ? undefined : subscribers[provider];
  return user.superuser || user.subscribes || (role !== undefined && user.memberOf.includes(role));
}

/** Shuts a database and opens it again: ALTER DATABASE is its owner's. */
export function mayShut({ user }: Pick<Asking, 'user'>, owner: string): boolean {
  return user.superuser || owner === user.name || user.memberOf.includes(owner);
}

/** Ends sessions of others, those of superusers aside. */
export function mayEndSessions({ user }: Pick<Asking, 'user'>): boolean {
  return user.superuser || user.memberOf.includes('pg_signal_backend');
}

/** Of the lanes that one database has between two servers: who publishes, and who subscribes. */
export interface LaneRights {
  readonly publishes: Right;
  readonly subscribes: Right;
}

/** Where neither is given the plain way is tried, so that the server says what is missing. */
export function wayOf(right: Right): Way {
  return right.way ?? 'plain';
}

type Servers = Readonly<Record<'source' | 'target', ServerFacts>>;

export function forwardRights(spec: Spec, { source, target }: Servers, database: DatabaseFacts): LaneRights {
  return {
    publishes: publishingRight(
      source,
      database.source,
      publishedTables(database).every(({ isOwner }) => isOwner),
    ),
    subscribes: subscribingRight(target, database.target, dialledRole(spec.source).password !== undefined),
  };
}

/** Of the way back. Tables that pgm makes on the target are the role's own, or those of roles that it is in. */
export function backRights(spec: Spec, { source, target }: Servers, database: DatabaseFacts): LaneRights {
  const foreign = new Set(database.target?.tables.filter(({ isOwner }) => !isOwner).map(relationKey));
  return {
    publishes: publishingRight(
      target,
      database.target,
      !publishedTables(database).some(table => foreign.has(relationKey(table))),
    ),
    subscribes: subscribingRight(source, database.source, dialledRole(spec.target).password !== undefined),
  };
}

/** @param room null: the database is still to be made, and will be the role's own */
export function subscribingRight(asking: Asking, room: Room | null, password: boolean): Right {
  const { user } = asking;
  if (user.superuser) return plain;
  const itself = subscribesItself(asking);
  // Only a superuser's subscription may go without a password (password_required, 16 on).
  const refused = !itself
    ? 'role'
    : room?.canCreate === false
      ? 'create'
      : user.subscribes && !password
        ? 'password'
        : null;
  if (refused === null) return plain;
  return (
    throughExtras(asking, room, 'pg_create_subscription') ?? {
      way: null,
      lacking: executeLacks(room, 'pg_create_subscription') ?? refused,
    }
  );
}

/** @param ownsTables of those to be published each one, as itself or by a role it is in */
export function publishingRight(asking: Asking, room: Room | null, ownsTables: boolean): Right {
  // Owners take the plain way, since it allows to change the publication later.
  if (asking.user.superuser || (ownsTables && room?.canCreate !== false)) return plain;
  return (
    throughExtras(asking, room, 'pg_create_publication') ?? {
      way: null,
      lacking: executeLacks(room, 'pg_create_publication') ?? (ownsTables ? 'create' : 'ownership'),
    }
  );
}

const plain: Right = { way: 'plain', needsExtension: false };

type Function = 'pg_create_publication' | 'pg_create_subscription';

function throughExtras(asking: Asking, room: Room | null, name: Function): Right | null {
  const there = room?.aivenExtras ?? null;
  if (there !== null) return there.callable.includes(name) ? { way: 'aiven_extras', needsExtension: false } : null;
  return room?.canCreate !== false && serves(asking, name) ? { way: 'aiven_extras', needsExtension: true } : null;
}

/** Would help once it is created. */
function serves({ versionNum, provider, availableExtensions }: Asking, name: Function): boolean {
  const extension = availableExtensions.find(each => each.name === 'aiven_extras');
  if (extension === undefined) return false;
  if (name === 'pg_create_subscription' && brokenOff(versionNum, extension.defaultVersion)) return false;
  // Their own admin may create it, whatever the control file says.
  return !extension.needsSuperuser || provider === 'aiven' || provider === 'digitalocean';
}

function executeLacks(room: Room | null, name: Function): 'execute' | null {
  return room?.aivenExtras?.refused.includes(name) === true ? 'execute' : null;
}
