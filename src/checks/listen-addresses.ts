import { dialledHosts } from '../postgres/dial-conninfo.js';
import type { ServerFacts } from '../inspect/facts.js';
import type { Spec } from '../spec/spec.js';
import type { Check } from './check.js';
import { isThisMachine } from './plaintext.js';
import { settingChange } from './setting-change.js';

export const listenAddresses: Check = {
  code: 'PGM204',
  slug: 'listen-addresses',
  title: 'listen_addresses of the source',
  scope: 'continuous',
  why: 'A server that listens on localhost only is out of reach for the target server, however open the firewall is.',
  decided:
    'Fine when the target has just reached the source, or when it connects over this ' +
    'machine. Else listen_addresses must hold more than local addresses.',
  remedy: "alter system set listen_addresses = '*'; then restart the source. pg_hba.conf still decides who gets in.",
  run: ({ source, facts, spec }) => {
    const setting = source?.settings.get('listen_addresses');
    if (source === null || setting === undefined) return [];
    if (facts.dial?.reachable === true || listensForTarget(source, spec)) {
      return [
        {
          severity: 'ok',
          server: 'source',
          object: 'listen_addresses',
          message: `listen_addresses is '${setting.value}'`,
          current: setting.value,
        },
      ];
    }
    return [
      settingChange({
        server: 'source',
        facts: source,
        name: 'listen_addresses',
        value: '*',
        suffices: value => !onlyLocal(value),
        message: `listen_addresses is '${setting.value}': the source does not listen on the network`,
        required: '*',
      }),
    ];
  },
};

/** True when the server listens on an address that others can reach, or the target dials one of this machine. */
export function listensForTarget(facts: ServerFacts, spec: Spec): boolean {
  return (
    !onlyLocal(facts.settings.get('listen_addresses')?.value ?? '*') ||
    dialledHosts(spec.source).every(({ host }) => isThisMachine(host))
  );
}

function onlyLocal(value: string): boolean {
  return value
    .split(',')
    .map(each => each.trim())
    .filter(each => each !== '')
    .every(isThisMachine);
}
