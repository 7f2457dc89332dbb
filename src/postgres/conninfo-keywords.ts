/**
 * What pgm makes of a libpq keyword. `used`: it means here what it means in libpq. `ignored`: pgm sets it itself, or
 * it makes no difference to what is safe. `demand`: pgm cannot do it, so that a value that asks for something is
 * refused, wherever it comes from. `refused`: the connection would be a different one without it.
 */
export type KeywordSupport = 'used' | 'ignored' | 'demand' | 'refused';

export interface ConninfoKeyword {
  readonly support: KeywordSupport;
  /** Environment variable with its default. */
  readonly variable?: string;
  /** For `refused` and `demand`: what to do instead. */
  readonly instead?: string;
  /** For `demand`: values that ask for nothing that pgm does not do anyway. */
  readonly harmless?: readonly string[];
}

const ignored: ConninfoKeyword = { support: 'ignored' };

/** Keywords of libpq 18 (https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-PARAMKEYWORDS). */
export const conninfoKeywords: ReadonlyMap<string, ConninfoKeyword> = new Map(
  Object.entries<ConninfoKeyword>({
    host: { support: 'used', variable: 'PGHOST' },
    hostaddr: { support: 'refused', instead: 'Give the address as host.' },
    port: { support: 'used', variable: 'PGPORT' },
    dbname: { support: 'used', variable: 'PGDATABASE' },
    user: { support: 'used', variable: 'PGUSER' },
    password: { support: 'used', variable: 'PGPASSWORD' },
    passfile: { support: 'used', variable: 'PGPASSFILE' },
    service: { support: 'used', variable: 'PGSERVICE' },
    servicefile: { support: 'used', variable: 'PGSERVICEFILE' },
    sslmode: { support: 'used', variable: 'PGSSLMODE' },
    sslrootcert: { support: 'used', variable: 'PGSSLROOTCERT' },
    sslcert: { support: 'used', variable: 'PGSSLCERT' },
    sslkey: { support: 'used', variable: 'PGSSLKEY' },
    connect_timeout: { support: 'used', variable: 'PGCONNECT_TIMEOUT' },
    target_session_attrs: { support: 'used', variable: 'PGTARGETSESSIONATTRS' },
    options: { support: 'used', variable: 'PGOPTIONS' },
    application_name: ignored,
    fallback_application_name: ignored,
    client_encoding: ignored,
    replication: ignored,
    keepalives: ignored,
    keepalives_idle: ignored,
    keepalives_interval: ignored,
    keepalives_count: ignored,
    tcp_user_timeout: ignored,
    load_balance_hosts: ignored,
    sslcompression: ignored,
    sslsni: ignored,
    sslkeylogfile: ignored,
    gsslib: ignored,
    gssdelegation: ignored,
    krbsrvname: ignored,
    requiressl: { support: 'demand', variable: 'PGREQUIRESSL', harmless: ['0'], instead: 'Set sslmode=require.' },
    channel_binding: {
      support: 'demand',
      variable: 'PGCHANNELBINDING',
      harmless: ['prefer', 'disable'],
      instead: 'Set sslmode=verify-full, which knows the server by its certificate.',
    },
    require_auth: { support: 'used', variable: 'PGREQUIREAUTH' },
    requirepeer: { support: 'demand', variable: 'PGREQUIREPEER', harmless: [], instead: 'Connect by TCP with TLS.' },
    gssencmode: {
      support: 'demand',
      variable: 'PGGSSENCMODE',
      harmless: ['prefer', 'disable'],
      instead: 'Use TLS: sslmode=verify-full.',
    },
    sslcrl: { support: 'used', variable: 'PGSSLCRL' },
    sslcrldir: {
      support: 'demand',
      variable: 'PGSSLCRLDIR',
      harmless: [],
      instead: 'Put the lists into one file: sslcrl.',
    },
    sslnegotiation: {
      support: 'demand',
      variable: 'PGSSLNEGOTIATION',
      harmless: ['postgres'],
      instead: 'Leave it out: sslmode=require and above never talk in plain text.',
    },
    sslcertmode: {
      support: 'demand',
      variable: 'PGSSLCERTMODE',
      harmless: ['allow'],
      instead: 'Leave it out; name sslcert and sslkey, or do not.',
    },
    ssl_min_protocol_version: {
      support: 'demand',
      variable: 'PGSSLMINPROTOCOLVERSION',
      // The least that Node.js takes is 1.2.
      harmless: ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
      instead: "Set the server's ssl_min_protocol_version.",
    },
    ssl_max_protocol_version: {
      support: 'demand',
      variable: 'PGSSLMAXPROTOCOLVERSION',
      harmless: ['TLSv1.3'],
      instead: "Set the server's ssl_max_protocol_version.",
    },
    min_protocol_version: {
      support: 'demand',
      variable: 'PGMINPROTOCOLVERSION',
      harmless: ['3.0'],
      instead: 'pgm speaks version 3.0 of the protocol.',
    },
    max_protocol_version: ignored,
    scram_client_key: { support: 'refused', instead: 'Give the password.' },
    scram_server_key: { support: 'refused', instead: 'Give the password.' },
    sslpassword: { support: 'refused', instead: 'Use a key file without a passphrase.' },
    oauth_issuer: { support: 'refused', instead: 'Use a role that signs in with a password or a certificate.' },
    oauth_client_id: { support: 'refused', instead: 'Use a role that signs in with a password or a certificate.' },
    oauth_client_secret: { support: 'refused', instead: 'Use a role that signs in with a password or a certificate.' },
    oauth_ca_file: { support: 'refused', instead: 'Use a role that signs in with a password or a certificate.' },
    oauth_scope: { support: 'refused', instead: 'Use a role that signs in with a password or a certificate.' },
  }),
);
