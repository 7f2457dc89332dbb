/** Who uses a server at this moment, pgm's own sessions left out. */
export interface ClientFacts {
  /** Sessions that have the same role, database, address and transport; the most numerous first, 500 at most. */
  readonly groups: readonly ClientGroup[];
  /** Sessions of clients, in all databases. */
  readonly total: number;
  /** False: of others' sessions this role sees neither address nor transport nor state. */
  readonly seesOthers: boolean;
  /** The server's own address, as the session of pgm reaches it; null: by a socket. */
  readonly serverAddress: string | null;
  /** Sessions whose last statement was LISTEN: what they listen to is known to nobody else. */
  readonly listening: readonly { readonly role: string; readonly database: string; readonly sessions: number }[];
  /** Advisory locks of sessions that are in no transaction: held until the session ends or gives them back. */
  readonly advisoryLocks: readonly { readonly role: string; readonly database: string; readonly locks: number }[];
  /** Locks in the shared lock table at this moment. */
  readonly locksHeld: number;
}

export interface ClientGroup {
  readonly role: string;
  readonly database: string;
  /** null: by a Unix socket, or not to be seen (`ClientFacts.seesOthers`). */
  readonly address: string | null;
  readonly transport: 'tls' | 'plain' | 'gss' | 'socket' | 'unknown';
  /** It showed a certificate of its own. */
  readonly certificate: boolean;
  /** application_name, three at most. */
  readonly applications: readonly string[];
  readonly sessions: number;
}
