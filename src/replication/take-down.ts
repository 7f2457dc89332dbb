import type { Way } from '../inspect/rights.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { dropPublicationIfExists } from './publications.js';
import { dropSlotIfExists } from './slots.js';
import { dropPublication, dropSlot, dropSubscription, dropSubscriptionByExtras } from './statements.js';
import { dropSubscriptionIfExists } from './subscriptions.js';

/** What there is of a lane, and where. */
export interface LaneParts {
  readonly name: string;
  /** The database that subscribes; null: no subscription. */
  readonly subscription: string | null;
  /** How its role may drop it. */
  readonly way: Way;
  readonly slot: boolean;
  /** The database that publishes; null: no publication. */
  readonly publication: string | null;
}

/** A lane whose three parts are to go, as far as they are there, in databases of one name. */
export function wholeLane(name: string, database: string): LaneParts {
  return { name, subscription: database, way: 'plain', slot: true, publication: database };
}

export interface LanePiece {
  readonly what: 'subscription' | 'slot' | 'publication';
  readonly on: 'subscriber' | 'publisher';
  /** null: slots are the whole server's. */
  readonly database: string | null;
  /** What is sent where the piece is there. */
  readonly statements: readonly string[];
  /** No error where it is gone already. */
  readonly drop: (session: Connection) => Promise<void>;
}

/** In the order in which they go: nobody uses the slot without the subscription; the publication goes last. */
export function lanePieces({ name, subscription, way, slot, publication }: LaneParts): readonly LanePiece[] {
  const pieces: LanePiece[] = [];
  if (subscription !== null)
    pieces.push({
      what: 'subscription',
      on: 'subscriber',
      database: subscription,
      statements: way === 'plain' ? dropSubscription(name) : dropSubscriptionByExtras(name),
      drop: session => dropSubscriptionIfExists(session, name),
    });
  if (slot)
    pieces.push({
      what: 'slot',
      on: 'publisher',
      database: null,
      statements: [dropSlot(name)],
      drop: session => dropSlotIfExists(session, name),
    });
  if (publication !== null)
    pieces.push({
      what: 'publication',
      on: 'publisher',
      database: publication,
      statements: [dropPublication(name)],
      drop: session => dropPublicationIfExists(session, name),
    });
  return pieces;
}

/** For people: what is sent to take it down. */
export function takeDownStatements(parts: LaneParts): readonly string[] {
  return lanePieces(parts).flatMap(({ statements }) => statements.map(statement => `${statement};`));
}

/** A session in a database of one server, or in any of them. */
export type InDatabase = (database: string | null, use: (session: Connection) => Promise<void>) => Promise<void>;

/** The one place where a lane ends, also again after it was cut off. Of a server that is gone the parts are none. */
export async function takeDownLane(
  ends: { readonly subscriber: InDatabase; readonly publisher: InDatabase },
  parts: LaneParts,
): Promise<void> {
  for (const { on, database, drop } of lanePieces(parts)) await unlessNoDatabase(() => ends[on](database, drop));
}

/** Sessions that are open in the lane's database serve for all of it. */
export async function takeDownWith(subscriber: Connection, publisher: Connection, name: string): Promise<void> {
  await takeDownLane(
    { subscriber: (_, use) => use(subscriber), publisher: (_, use) => use(publisher) },
    wholeLane(name, subscriber.database),
  );
}

/** With its database went what lay in it. */
async function unlessNoDatabase(use: () => Promise<void>): Promise<void> {
  try {
    await use();
  } catch (error) {
    if (errorCode(error) !== sqlstate.invalidCatalogName) throw error;
  }
}
