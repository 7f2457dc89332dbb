/**
 * What pgm makes of a libpq keyword. `used`: it means here what it means in libpq. `ignored`: pgm sets it itself, or
 * it makes no difference to what is safe. `unused`: it would have, so the user is told. `refused`: the connection
 * would be a different one without it.
 */
export type KeywordSupport = 'used' | 'ignored' | 'unused' | 'refused';

export interface ConninfoKeyword {
  readonly support: KeywordSupport;
  /** Environment variable with its default. */
  readonly variable?: string;
  /** For `refused`: what to do instead. */
  readonly instead?: string;
}

const ignored: ConninfoKeyword = { support: 'ignored' };
const unused: ConninfoKeyword = { support: 'unused' };

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
    requiressl: unused,
    channel_binding: unused,
    require_auth: unused,
    requirepeer: unused,
    gssencmode: unused,
    sslcrl: unused,
    sslcrldir: unused,
    sslnegotiation: unused,
    sslcertmode: unused,
    ssl_min_protocol_version: unused,
    ssl_max_protocol_version: unused,
    min_protocol_version: unused,
    max_protocol_version: unused,
    scram_client_key: unused,
    scram_server_key: unused,
    sslpassword: { support: 'refused', instead: 'Use a key file without a passphrase.' },
    oauth_issuer: { support: 'refused', instead: 'Use a role that signs in with a password or a certificate.' },
    oauth_client_id: { support: 'refused', instead: 'Use a role that signs in with a password or a certificate.' },
    oauth_client_secret: { support: 'refused', instead: 'Use a role that signs in with a password or a certificate.' },
    oauth_scope: { support: 'refused', instead: 'Use a role that signs in with a password or a certificate.' },
  }),
);

/** Values of `unused` keywords that ask for nothing that pgm does not do anyway. */
export function asksForNothing(keyword: string, value: string): boolean {
  return (
    ['', 'prefer', 'allow', 'disable', '0', 'postgres', 'TLSv1', 'TLSv1.1', 'TLSv1.2'].includes(value) &&
    keyword !== 'require_auth'
  );
}
