import type { Conninfo } from '../../src/postgres/conninfo.js';
import type { Spec } from '../../src/spec/spec.js';

export interface SpecWish {
  /** The spec file's path; it need not exist. */
  readonly path: string;
  readonly name?: string;
  readonly targetPort: number;
  readonly user?: string;
  /** Keep the state in this database of the target; absent: in a file. */
  readonly stateDatabase?: string;
}

export function conninfo(port: number, database = 'postgres', user = 'postgres'): Conninfo {
  return {
    hosts: [{ host: '127.0.0.1', port }],
    user,
    database,
    password: undefined,
    sslmode: 'disable',
    sslrootcert: undefined,
    sslcert: undefined,
    sslkey: undefined,
    connectTimeout: 2,
    targetSessionAttrs: 'any',
    options: undefined,
  };
}

/** A spec as far as the state room looks at it. */
export function aSpec(wish: SpecWish): Spec {
  const target = conninfo(wish.targetPort, 'postgres', wish.user);
  return {
    path: wish.path,
    sha256: '0'.repeat(64),
    name: wish.name ?? 'shop',
    target: { connection: target },
    state:
      wish.stateDatabase === undefined
        ? { kind: 'file' }
        : { kind: 'postgres', connection: conninfo(wish.targetPort, wish.stateDatabase) },
  } as Spec;
}
