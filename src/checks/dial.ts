import type { Check } from './check.js';
import { hbaChange } from './hba.js';
import { listensForTarget } from './listen-addresses.js';
import { numericSetting } from './setting-change.js';

export const targetDialsSource: Check = {
  code: 'PGM108',
  slug: 'target-dials-source',
  title: 'Connection from the target to the source',
  scope: 'continuous',
  why:
    'The subscription lives in the target server, and it is that server which ' +
    'connects to the source, not the machine that pgm runs on.',
  decided:
    'The target is told to make a subscription that connects to the source, and rolled back: ' +
    'nothing stays. Where the rights do not allow that, pgm cannot know.',
  remedy:
    "Allow connections from the target's address to the source's port; where the target knows the " +
    'source by another name or address, say so under source.advertise.',
  providers: {
    rds:
      "Let the target's address in by the source's security group; use the " +
      'public or peered address under source.advertise.',
    aurora:
      "Let the target's address in by the source's security group; use the " +
      'public or peered address under source.advertise.',
    cloudsql: "Add the target's address to the source's authorized networks.",
    azure: "Add a firewall rule for the target's address at the source.",
    aiven: "Add the target's address to the source's IP filter.",
    digitalocean: "Add the target to the source's trusted sources.",
  },
  run: input => {
    const { facts, source, target, spec } = input;
    // Through a pooler nobody dials: that is told first.
    if (source === null || target === null || source.pooler !== null || target.pooler !== null) return [];
    const { dial } = facts;
    if (dial === null) {
      return [
        {
          severity: 'info',
          server: 'target',
          message:
            'whether the target server reaches the source cannot be known with these ' +
            'rights; it shows when the subscription is made',
        },
      ];
    }
    if (dial.reachable)
      return [
        {
          severity: 'ok',
          server: 'target',
          object: dial.address,
          message: `the target server reaches the source at ${dial.address}`,
        },
      ];
    const message = `the target server cannot connect to the source at ${dial.address}: ${dial.message ?? 'no reason given'}`;
    const pending = [
      ...(listensForTarget(source, spec) ? [] : ['listen_addresses']),
      ...(hbaChange(input) === null ? [] : ['pg_hba.conf']),
      ...((numericSetting(source, 'max_wal_senders') ?? 1) === 0 ? ['max_wal_senders'] : []),
    ];
    if (pending.length > 0) {
      return [
        {
          severity: 'warning',
          server: 'target',
          object: dial.address,
          message,
          current: null,
          required: 'a connection',
          remedy:
            `First fix at the source: ${pending.join(', ')}. pgm tries ` + 'again before it makes the subscription.',
        },
      ];
    }
    const provider = source.provider === null ? undefined : targetDialsSource.providers?.[source.provider];
    const advertised =
      spec.source.advertise.host === undefined
        ? targetDialsSource.remedy
        : "Check source.advertise, and allow connections from the target's address to that port.";
    return [
      {
        severity: 'error',
        server: 'target',
        object: dial.address,
        message,
        current: null,
        required: 'a connection',
        remedy: provider ?? advertised,
      },
    ];
  },
};
