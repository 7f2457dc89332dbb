import type { HbaRule, ServerFacts } from '../inspect/facts.js';
import { dialledRole } from '../postgres/dial-conninfo.js';
import { rolesOf } from './advertised-role.js';
import type { Check, CheckInput, Seen } from './check.js';
import { commentOut, filesOf, hbaName, putOnTop, refusedAddress, withLength } from './hba-lines.js';
import { matchHba } from './hba-match.js';

export const hba: Check = {
  code: 'PGM205',
  slug: 'hba',
  title: 'pg_hba.conf of the source',
  scope: 'continuous',
  why:
    "The target server connects to the source as the source's role, to each database that is " +
    'migrated; pg_hba.conf decides by address, database, user and transport.',
  decided:
    'pg_hba_file_rules in order, the first rule that fits decides, for each address under ' +
    'source.hba and each database in scope, over TLS or not as the sslmode says. A superuser ' +
    'may have the missing rule written: the narrowest that works.',
  remedy: 'Put the line above all others that fit, then: select pg_reload_conf();',
  run: input => {
    const { source, spec, facts } = input;
    if (source === null) return [];
    if (source.hba === null) return withoutRules(input);
    const broken = source.hba.filter(({ error }) => error !== null).map(rule => brokenRule(rule, source));
    if (spec.source.hba.addresses.length === 0) {
      const refused = facts.dial?.reachable === false && /pg_hba\.conf/.test(facts.dial.message ?? '');
      return refused ? [...broken, unnamedAddress(facts.dial.message ?? '')] : broken;
    }
    const missing = missingRules(input);
    if (missing.length === 0)
      return [
        ...broken,
        {
          severity: 'ok',
          server: 'source',
          object: 'pg_hba.conf',
          message: `pg_hba.conf lets in ${spec.source.hba.addresses.join(', ')}`,
        },
      ];
    const change = hbaChange(input);
    const why = missing.map(({ address, rule }) =>
      rule === null ? `no rule lets ${address} in` : `line ${rule.line} rejects ${address}`,
    );
    const message = [...new Set(why)].join('; ');
    const lines = linesFor(
      input,
      missing.map(({ address }) => address),
    );
    const seen = {
      server: 'source',
      object: 'pg_hba.conf',
      message,
      current: null,
      required: lines.join('\n'),
    } as const;
    if (change !== null)
      return [
        ...broken,
        {
          ...seen,
          severity: 'warning',
          status: 'change',
          step: 'source/hba-rule',
          change: { kind: 'hba-rule', lines: change },
        },
      ];
    return [...broken, { ...seen, severity: 'error', remedy: manualRemedy(input, lines) }];
  },
};

/** The lines that pgm would put on top of pg_hba.conf; null where none is missing or it may not write them. */
export function hbaChange(input: CheckInput): readonly string[] | null {
  const { source } = input;
  if (
    source?.hba === null ||
    source === null ||
    source.provider !== null ||
    !source.canWriteFiles ||
    !source.canReload ||
    source.hbaFile === null
  )
    return null;
  const missing = missingRules(input);
  return missing.length === 0
    ? null
    : linesFor(
        input,
        missing.map(({ address }) => address),
      );
}

interface MissingRule {
  readonly address: string;
  readonly database: string;
  /** The rule that rejects, null: none fits. */
  readonly rule: HbaRule | null;
}

function missingRules({ source, spec, facts }: CheckInput): readonly MissingRule[] {
  const rules = source?.hba ?? [];
  const { user } = dialledRole(spec.source);
  const memberOf =
    user === spec.source.connection.user || source === null
      ? (source?.user.memberOf ?? [])
      : rolesOf(source.roles, user);
  return spec.source.hba.addresses.flatMap(address =>
    facts.databases.flatMap(({ name: database }): MissingRule[] => {
      const verdicts = transports(spec.source.connection.sslmode, source?.settings.get('ssl')?.value === 'on').map(
        tls => matchHba(rules, { address, database, user, memberOf, tls }),
      );
      if (verdicts.some(({ kind }) => kind === 'accepted')) return [];
      const [verdict] = verdicts;
      return [{ address, database, rule: verdict?.kind === 'rejected' ? verdict.rule : null }];
    }),
  );
}

/** Over TLS, in the clear or either: what libpq in the target tries with this sslmode. */
function transports(sslmode: string, serverHasTls: boolean): boolean[] {
  switch (sslmode) {
    case 'disable':
      return [false];
    case 'allow':
    case 'prefer':
      return serverHasTls ? [true, false] : [false];
    default:
      return [true];
  }
}

/** The narrowest rules that work: the databases in scope, the one role, the addresses of the spec. */
function linesFor({ spec, facts }: CheckInput, addresses: readonly string[]): string[] {
  const { sslmode } = spec.source.connection;
  const { user } = dialledRole(spec.source);
  const type = ['require', 'verify-ca', 'verify-full'].includes(sslmode) ? 'hostssl' : 'host';
  const databases = facts.databases.map(({ name }) => hbaName(name)).join(',');
  return [...new Set(addresses)].map(
    address => `${type} ${databases} ${hbaName(user)} ${withLength(address)} ${spec.source.hba.method}`,
  );
}

/** PostgreSQL's refusal names the address that it saw the target come from: what the spec lacks. */
function unnamedAddress(refusal: string): Seen {
  const address = refusedAddress(refusal);
  return {
    severity: 'error',
    server: 'source',
    object: 'pg_hba.conf',
    message:
      "pg_hba.conf does not let the target in; the target's address is not in the spec, so pgm cannot write the rule",
    remedy:
      address === null
        ? "Name the target's address in the spec, under source.hba.addresses."
        : `# in the spec, under source:\nhba: {addresses: ['${withLength(address)}'], method: scram-sha-256}`,
  };
}

function manualRemedy({ source }: CheckInput, lines: readonly string[]): string {
  if (source?.provider !== null && source?.provider !== undefined)
    return "pg_hba.conf is the provider's; let the target's address in by the service's firewall or allow-list.";
  return putOnTop('source', lines, source === null ? { hbaFile: null, dataDirectory: null } : filesOf(source));
}

function withoutRules({ source, facts, spec }: CheckInput): Seen[] {
  if (facts.dial?.reachable === true)
    return [
      {
        severity: 'ok',
        server: 'source',
        object: 'pg_hba.conf',
        message: 'pg_hba.conf lets the target in: it has just connected',
      },
    ];
  if (source?.provider !== null || spec.source.hba.addresses.length === 0) return [];
  return [
    {
      severity: 'info',
      server: 'source',
      object: 'pg_hba.conf',
      message: 'this role may not read pg_hba.conf, so whether it lets the target in shows when the target connects',
    },
  ];
}

function brokenRule({ line, error, file }: HbaRule, source: ServerFacts): Seen {
  const place = `${file ?? 'pg_hba.conf'}, line ${line}`;
  return {
    severity: 'warning',
    server: 'source',
    object: place,
    message: `${place} does not parse: ${error ?? ''}; a reload keeps the rules of before`,
    remedy: commentOut('source', line, {
      ...filesOf(source),
      ...(file === null || file === undefined ? {} : { hbaFile: file }),
    }),
  };
}
