// Made from schemas/pgm.schema.json by `npm run generate`; change the schema, not this file.

/**
 * Connection URI or keyword string, as psql takes it: several hosts, percent-encoding, socket folders and all.
 */
export type Connection = string;
/**
 * Host name, address or folder of the server's socket; several, separated by commas, are tried in order. Default: PGHOST.
 */
export type Host = string;
/**
 * Port. Default: PGPORT, then 5432.
 */
export type Port = number;
/**
 * Role to connect as. Default: PGUSER, then the operating system's user name.
 */
export type User = string;
/**
 * Password, taken as it is, without percent-encoding. Keep it out of this file: use a variable, a passfile, a service or PGPASSWORD.
 */
export type Password = string;
/**
 * Password file in .pgpass form. Default: PGPASSFILE, then ~/.pgpass.
 */
export type Passfile = string;
/**
 * Section of pg_service.conf that fills in what is not given here. Default: PGSERVICE.
 */
export type Service = string;
/**
 * Database to connect to first. It does not choose what is migrated. Default: PGDATABASE, then postgres.
 */
export type Database = string;
/**
 * How far TLS is asked for and checked, as libpq. Default: PGSSLMODE, then prefer.
 */
export type Sslmode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
/**
 * File with the certificate authorities to trust, or `system`. Default: PGSSLROOTCERT, then ~/.postgresql/root.crt.
 */
export type Sslrootcert = string;
/**
 * Client certificate file. Default: PGSSLCERT, then ~/.postgresql/postgresql.crt.
 */
export type Sslcert = string;
/**
 * Key file of the client certificate. Default: PGSSLKEY, then ~/.postgresql/postgresql.key.
 */
export type Sslkey = string;
export type Manual = 'manual';
export type File = 'file';

/**
 * One migration of a PostgreSQL cluster: where from, where to, what to migrate, how, and how far. ${NAME} and ${NAME:-default} in any string value are replaced from the environment; $${ stands for a literal ${.
 */
export interface SpecFile {
  /**
   * Version of this file format. Always 1.
   */
  version: 1;
  /**
   * Name of the migration: a lower-case letter, then up to 29 lower-case letters, digits or underscores. It is part of the name of every object pgm creates, so two migrations that share a server need different names.
   */
  name: string;
  /**
   * The PostgreSQL cluster to move away from. Give `connection`, or the fields `host`, `port`, `user` and so on; a field may also add what the connection string leaves out, such as the password.
   */
  source: {
    connection?: Connection;
    host?: Host;
    port?: Port;
    user?: User;
    password?: Password;
    passfile?: Passfile;
    service?: Service;
    database?: Database;
    sslmode?: Sslmode;
    sslrootcert?: Sslrootcert;
    sslcert?: Sslcert;
    sslkey?: Sslkey;
    advertise?: Advertise;
    /**
     * How the source server is restarted when a setting needs it. `manual`: pgm says so, saves its state and ends; run it again after the restart. `command`: pgm runs that program with those arguments, without a shell.
     */
    restart?: Manual | RestartCommand;
    /**
     * What the source's pg_hba.conf must let in for the target server. Left out: pgm asks nothing of pg_hba.conf.
     */
    hba?: {
      /**
       * Addresses the target server connects from, as pg_hba.conf writes them: CIDR ranges, host names, a domain suffix that begins with a dot, or samehost, samenet, all.
       *
       * @minItems 1
       */
      addresses: string[];
      /**
       * Authentication method of the rule.
       */
      method?: 'scram-sha-256' | 'md5' | 'cert' | 'trust';
    };
  };
  /**
   * The PostgreSQL cluster to move to. The same ways to connect as for `source`.
   */
  target: {
    connection?: Connection;
    host?: Host;
    port?: Port;
    user?: User;
    password?: Password;
    passfile?: Passfile;
    service?: Service;
    database?: Database;
    sslmode?: Sslmode;
    sslrootcert?: Sslrootcert;
    sslcert?: Sslcert;
    sslkey?: Sslkey;
    advertise?: Advertise;
  };
  /**
   * `continuous`: copy, then logical replication keeps the target in sync until cutover. `dump`: a one-time snapshot; rows written after it starts are not migrated. `auto`: continuous if the checks allow it, else the plan says why not and offers dump.
   */
  method?: 'auto' | 'continuous' | 'dump';
  /**
   * Which databases to migrate. Default: all of the cluster, but never the templates and the provider's own.
   */
  databases?: {
    /**
     * Only these databases. A name that matches no database is an error. Not together with `exclude`.
     */
    include?: string[];
    /**
     * All databases but these. A name that matches no database is an error. Not together with `include`.
     */
    exclude?: string[];
    /**
     * Which tables to migrate, in every database. Default: all.
     */
    tables?: {
      /**
       * Only tables that match one of these `schema.table` patterns; `*` stands for any characters, `?` for one; a part in double quotes is taken as it is (`"a.b".c`). A pattern that matches nothing is an error. Not together with `exclude`.
       */
      include?: string[];
      /**
       * All tables but those that match one of these `schema.table` patterns; `*` stands for any characters, `?` for one; a part in double quotes is taken as it is (`"a.b".c`). A pattern that matches nothing is an error. Not together with `include`.
       */
      exclude?: string[];
    };
  };
  /**
   * `copy`: roles, memberships and their settings are created on the target. `skip`: the roles are there already.
   */
  roles?: 'copy' | 'skip';
  /**
   * What to do about tables without a usable replica identity (a primary key, a fitting unique index, or FULL). Publishing such a table would make UPDATE and DELETE on the source fail.
   */
  replica_identity?: {
    /**
     * `block`: the plan stops and names them. `full`: pgm sets REPLICA IDENTITY FULL for the time of the migration. `exclude`: they are copied once and not kept in sync.
     */
    missing?: 'block' | 'full' | 'exclude';
  };
  /**
   * What to do about tables that already hold rows on the target. `block`: the plan stops and names them. `allow`: the source's rows are added to them.
   */
  target_rows?: 'block' | 'allow';
  /**
   * How the existing rows are copied.
   */
  copy?: {
    /**
     * Parallel COPY streams, over all databases. Default: chosen from cores and free connections.
     */
    jobs?: number;
    /**
     * Parallel index builds on the target. Default: chosen from the cores.
     */
    index_jobs?: number;
    /**
     * Tables larger than this (heap and TOAST) are copied in parallel parts: a number of bytes, or a number with B, kB, MB, GB or TB (powers of 1024). Default: chosen from the sizes seen.
     */
    split_above?: number | string;
    /**
     * COPY format. `auto` picks binary where it is safe: the same types in the same binary form on both sides.
     */
    format?: 'auto' | 'binary' | 'text';
  };
  /**
   * How changes are kept in sync after the copy.
   */
  replication?: {
    /**
     * Publications, slots and subscriptions per database, with the tables divided among them. More than one lets the target apply in parallel.
     */
    lanes?: number;
    /**
     * Cutover waits until the target is no further behind than this many bytes of WAL; units as in copy.split_above.
     */
    max_lag?: number | string;
    /**
     * How much WAL a slot of pgm's may hold back on the source while pgm runs: at four fifths pgm warns, above it the run ends with exit code 7. The slot stays, and holds WAL on: `pgm stop --release` drops it. While no pgm runs nothing enforces it but `max_slot_wal_keep_size` of the source. Units as in copy.split_above. Default: no limit; pgm then warns at four fifths of what the server allows by max_slot_wal_keep_size.
     */
    max_retained_wal?: number | string;
    /**
     * Whether slots are made so that a standby can keep them and the migration goes on after its promotion (PostgreSQL 17 on). auto: where the server has standbys that stream through a slot.
     */
    failover?: 'auto' | 'on' | 'off';
  };
  /**
   * How writes are stopped on the source and moved to the target. Only for continuous migrations.
   */
  cutover?: {
    /**
     * `locks`: lock the migrated tables, so that writers wait instead of failing. `read_only`: set the databases read-only and end the application's sessions. `none`: you have stopped the writers yourself.
     */
    freeze?: 'locks' | 'read_only' | 'none';
    /**
     * How long the write stop may last before the source is freed again: a number with ms, s, m or h.
     */
    timeout?: string;
    /**
     * After cutover the source follows the target, so that lowering the goal to `synced` is a rollback with every row.
     */
    failback?: boolean;
    /**
     * With `verify: full`: how long the write stop may spend on comparing the tables that changed since every row was compared, the smallest first: a number with ms, s, m or h. What does not fit is named. `all`: all of them, and a switch in which they take longer than `timeout` is undone.
     */
    compare?: string;
    /**
     * How long pgm watches after the switch whether every role that had sessions on the one side comes to the other; it ends as soon as all have come, and names those that have not. A number with ms, s, m or h; `0s`: not at all.
     */
    watch?: string;
    /**
     * Programs that pgm runs around the switch, in both directions: without a shell, in the folder of the spec. Each finds PGM_HOOK (before, switch, after), PGM_EVENT, PGM_SIDE, PGM_HOST, PGM_PORT, PGM_USER and PGM_DATABASES of the side that takes (or keeps) the writes, PGM_FROM_HOST and PGM_FROM_PORT of the other one, PGM_UNDONE and PGM_REHEARSE in its environment; never a password.
     */
    hooks?: {
      /**
       * Before writes are stopped, while clients still work: drain workers, stop cron. One program with its arguments, or a list of such lists. When one fails nothing is stopped, and the hooks of `after` run with the address of the side that keeps the writes and PGM_UNDONE=true.
       */
      before?: (string | string[])[];
      /**
       * Points the application at the target, after the data is proven equal and before the source is released. One program with its arguments, `[./switch-dsn.sh, --now]`, or a list of such lists; run in order, without a shell. When a switch is undone after its hooks had begun, they run again with the address of the side that keeps the writes (PGM_EVENT tells which way); so write them to be run twice.
       */
      switch?: (string | string[])[];
      /**
       * When clients can write on the side that took over: start workers and cron again. Also when a switch is undone after a hook of `before` had begun (PGM_UNDONE=true, with the address of the side that keeps the writes). One that fails is reported, and the switch stands. May run twice.
       */
      after?: (string | string[])[];
      /**
       * How long one hook of `before` or `after` may take: a number with ms, s, m or h. The hooks of `switch` are held to `cutover.timeout`.
       */
      timeout?: string;
      /**
       * `pgm cutover --rehearse` runs the hooks too, with PGM_REHEARSE=true: set it once your hooks do all but the last step then, so that clients stay where they are. Their time becomes part of the rehearsal's.
       */
      rehearse?: boolean;
    };
    /**
     * A PgBouncer before the application: paused while writes are stopped, resumed when the switch is made, so that clients wait instead of failing.
     */
    pgbouncer?: {
      /**
       * Connection to PgBouncer's admin console, a URI or keyword string. The database is `pgbouncer` if it names none.
       */
      admin: string;
      /**
       * Names in PgBouncer's [databases] section to pause and resume. Default: those named like the migrated databases.
       */
      databases?: string[];
    };
  };
  /**
   * Definitions (columns, indexes, functions, views, grants …) that change on the source while data is kept in sync. `ask`: `pgm plan` shows their statements as steps, and `pgm apply` does them on the target. `follow`: as `ask`, and a running `pgm apply` plans again when a lane stands still for a definition; `pgm watch` does the same at each look while nothing else is in the plan. `block`: they are only reported, and a cutover waits until both sides are the same.
   */
  schema_changes?: 'ask' | 'follow' | 'block';
  /**
   * Who may carry out what cannot be taken back lightly.
   */
  approval?: {
    /**
     * Actions that `--auto-approve` is not enough for: they are carried out only from a saved plan, by `--approve` with the digest of a reviewed one, or when somebody at a terminal says yes. `destroy`: something is dropped, by a plan or by `pgm destroy`. `switch`: the writes move to the other server. `close`: no rollback after it.
     */
    review?: ('destroy' | 'switch' | 'close')[];
  };
  /**
   * How source and target are compared before cutover succeeds. `full`: every row. `sample`: a part of every table's rows, and all counts. `counts`: row counts only. `off`: not at all.
   */
  verify?: 'full' | 'sample' | 'counts' | 'off';
  /**
   * Where pgm keeps the lockfile. `file`: beside this spec. `postgres`: in a table of that database, for runners that keep no files.
   */
  state?: File | StateDatabase;
  /**
   * How far to go. `prepared`: both servers are ready, no data moved. `synced`: all data is on the target and kept in sync. `cutover`: writes moved to the target. `ready`: nothing of pgm is left running. Default: synced, and for method dump ready (dump knows prepared and ready only).
   */
  goal?: 'prepared' | 'synced' | 'cutover' | 'ready';
}
/**
 * How the other server reaches this one for replication, where that differs from how pgm does: another host name, a private address, a tunnel; or as a role of its own, which needs no more than REPLICATION and CONNECT, so that the other server holds no password of pgm's.
 */
export interface Advertise {
  /**
   * Host name or address of this server as the other one sees it.
   */
  host?: string;
  /**
   * Port of this server as the other one sees it. Default: the connection's port.
   */
  port?: number;
  /**
   * Role that the other server's subscriptions connect as: with LOGIN, REPLICATION and CONNECT on the databases, and nothing else. Default: the connection's user.
   */
  user?: string;
  /**
   * Password of that role, taken as it is. Keep it out of this file: use a variable, or a passfile with a line for the role. The other server stores it with its subscriptions.
   */
  password?: string;
  /**
   * File of the certificate authority on the other server (not on this machine). With it the other server verifies this one as the connection's sslmode says; without it verify-ca and verify-full become require there.
   */
  sslrootcert?: string;
}
export interface RestartCommand {
  /**
   * Program and arguments, one list item each; never a shell string.
   *
   * @minItems 1
   */
  command: string[];
}
export interface StateDatabase {
  /**
   * Connection to the database that holds the state, a URI or keyword string.
   */
  postgres: string;
}
