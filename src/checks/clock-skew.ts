import type { Check, Seen } from './check.js';

/** Milliseconds. Below, time stamps of both servers' logs and of lag can still be read side by side. */
const allowed = 5_000;

export const clockSkew: Check = {
  code: 'PGM109',
  slug: 'clock-skew',
  title: 'Clocks of the servers',
  scope: 'any',
  momentary: true,
  why:
    'Lag in seconds is the difference of two clocks, and certificates and ' +
    'passwords with an expiry are judged by them.',
  decided:
    `The server's clock against this machine's, less half the round ` +
    `trip; more than ${allowed / 1000} s is reported.`,
  remedy: 'Turn on time synchronisation (chrony, systemd-timesyncd) on the machine whose clock is off.',
  run: ({ source, target }) =>
    (
      [
        ['source', source],
        ['target', target],
      ] as const
    ).flatMap(([server, facts]): Seen[] => {
      if (facts === null || Math.abs(facts.clockSkewMs) <= allowed + facts.roundTripMs) return [];
      const seconds = Math.round(Math.abs(facts.clockSkewMs) / 1000);
      const direction = facts.clockSkewMs > 0 ? 'ahead of' : 'behind';
      return [
        {
          severity: 'warning',
          server,
          message: `the server's clock is ${seconds} s ${direction} this machine's`,
          current: `${seconds} s`,
          required: `${allowed / 1000} s or less`,
          remedy: clockSkew.remedy,
        },
      ];
    }),
};
