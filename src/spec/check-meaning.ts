import type { Conninfo } from '../postgres/conninfo.js';
import type { Environment } from '../postgres/environment.js';
import type { SpecConnections } from './build-spec.js';
import { readAdvertisedRole } from './advertised-role.js';
import { checkHbaAddresses } from './check-addresses.js';
import { readConnectionText, readEndpoint, type EndpointReading } from './check-connections.js';
import { checkHooks } from './check-hooks.js';
import { checkMethod } from './check-method.js';
import { checkSecrets } from './check-secrets.js';
import { checkSelection } from './check-selection.js';
import { checkUnits } from './check-units.js';
import { mistake, warning, type Mistake } from './mistake.js';
import type { SpecView } from './spec-view.js';
import { spansOf, type Span } from './yaml-tree.js';

export interface Meaning {
  readonly mistakes: readonly Mistake[];
  /** Undefined when one of them cannot be used. */
  readonly connections: SpecConnections | undefined;
}

/**
 * What a schema cannot say: whether the parts of the spec make sense, alone and together.
 * @param hasError true where an earlier stage has found an error, so that its consequences need not be told
 */
export function checkMeaning(
  view: SpecView,
  folder: string,
  environment: Environment,
  hasError: (span: Span) => boolean,
): Meaning {
  const endpoint = (side: 'source' | 'target'): EndpointReading => {
    const node = view.node([side]);
    const isTold = node === undefined || spansOf(node).some(hasError);
    const reading = readEndpoint(view, side, folder, environment);
    return { ...reading, mistakes: reading.mistakes.filter(({ code }) => code !== 'PGMS031' || !isTold) };
  };
  const source = endpoint('source');
  const target = endpoint('target');
  const pgbouncer = readConnectionText(view, ['cutover', 'pgbouncer', 'admin'], 'pgbouncer', environment);
  const state = readConnectionText(view, ['state', 'postgres'], 'postgres', environment);

  const advertised = {
    source: readAdvertisedRole(view, 'source', source.conninfo, folder, environment),
    target: readAdvertisedRole(view, 'target', target.conninfo, folder, environment),
  };

  return {
    connections:
      source.conninfo === undefined || target.conninfo === undefined
        ? undefined
        : {
            source: source.conninfo,
            target: target.conninfo,
            advertised: { source: advertised.source.password, target: advertised.target.password },
            pgbouncer: pgbouncer.conninfo,
            state: state.conninfo,
          },
    mistakes: [
      ...[source, target, pgbouncer, state, advertised.source, advertised.target].flatMap(({ mistakes }) => mistakes),
      ...checkSame(view, source.conninfo, target.conninfo),
      ...checkSecrets(view, environment.env),
      ...checkSelection(view),
      ...checkMethod(view),
      ...checkHbaAddresses(view),
      ...checkHooks(view),
      ...checkUnits(view),
    ],
  };
}

/** The same server under one name is an error; another database of it may be meant, and the servers will tell. */
function* checkSame(view: SpecView, source: Conninfo | undefined, target: Conninfo | undefined): Generator<Mistake> {
  const span = view.node(['target', 'connection'])?.span ?? view.keySpan(['target']);
  if (source === undefined || target === undefined || span === undefined) return;
  const hosts = (conninfo: Conninfo): string =>
    conninfo.hosts.map(({ host, port }) => `${host} ${String(port)}`).join();
  if (hosts(source) !== hosts(target)) return;
  if (source.database === target.database)
    yield mistake(
      'PGMS035',
      span,
      'source and target are the same database of the same server',
      'A migration goes from one cluster to another.',
    );
  else
    yield warning(
      'PGMS035',
      span,
      'source and target name the same server',
      'A migration goes from one cluster to another.',
    );
}
