import type { DatabaseListing, ServerFacts, TableFacts } from '../inspect/facts.js';
import { leftShut, shutBySwitch } from '../plan/half-switch.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import { shownName } from '../postgres/relation-key.js';
import type { BlockRecord } from '../state/block-record.js';
import type { Check, CheckInput, Seen } from './check.js';
import { count } from './not-replicated.js';
import { endPrepared } from '../replication/end-prepared.js';

type Side = 'source' | 'target';

/** Names in one message. */
const named = 5;

/** A switch shuts the server that hands over: whoever opens it again writes rows that reach nobody. */
export const shutSideOpened: Check = {
  code: 'PGM619',
  slug: 'shut-side-opened',
  title: 'Access to the side that was shut by the switch',
  scope: 'continuous',
  why:
    'After a switch only one side has the writes. Rows that an application writes on the other one reach ' +
    'nobody, and a rollback meets them: they are lost, or conflict with what replication applies.',
  decided:
    'Of the databases that the switch shut: default_transaction_read_only, CONNECT of PUBLIC and of roles, ' +
    'the triggers pgm_shut on the tables, and transactions that write there now.',
  remedy:
    'Shut it again, and have `pgm verify` say which rows were written there. To open it for good: pgm destroy --open.',
  run: input => [...opened(input, 'source', input.source), ...opened(input, 'target', input.target)],
};

function opened(input: CheckInput, side: Side, server: ServerFacts | null): readonly Seen[] {
  if (server === null) return [];
  const { lockfile } = input;
  const bySwitch = shutBySwitch(lockfile, side);
  const block = bySwitch.length > 0 ? bySwitch : (leftShut(lockfile, side) ?? []);
  return block.flatMap(record => {
    const listing = server.databases.find(({ name }) => name === record.database);
    if (listing === undefined) return [];
    const found = { side, record, server };
    return [
      ...readOnlyOff(found, listing),
      ...connectGiven(found, listing, input.spec[side].advertise.user),
      // Closed, the triggers are taken down: of superusers only their own care is left.
      ...(bySwitch.length > 0 && lockfile?.reached === 'cutover' ? fenceDown(input, found) : []),
      ...writing(found),
    ];
  });
}

/** There every transaction is read-only. */
const elsewhere = '   -- connected to another database of the server';

interface Found {
  readonly side: Side;
  readonly record: BlockRecord;
  readonly server: ServerFacts;
}

function seen(
  { side, record }: Found,
  more: Pick<Seen, 'message' | 'object' | 'current' | 'required' | 'remedy'>,
): Seen {
  return { severity: 'warning', server: side, database: record.database, ...more };
}

function readOnlyOff(found: Found, listing: DatabaseListing): readonly Seen[] {
  const setting = 'default_transaction_read_only=';
  const set = listing.roleSettings.filter(each => each.setting.startsWith(setting));
  const name = quoteIdentifier(listing.name);
  const ofAll = set.find(({ role }) => role === null)?.setting.slice(setting.length) ?? null;
  const loose = set.filter(each => each.role !== null && !isOn(each.setting.slice(setting.length)));
  return [
    ...(ofAll !== null && isOn(ofAll)
      ? []
      : [
          seen(found, {
            object: 'default_transaction_read_only',
            message:
              `database ${listing.name} was shut by the switch and may be written again: ` +
              `default_transaction_read_only is ${ofAll ?? 'not set'}`,
            current: ofAll ?? 'not set',
            required: 'on',
            remedy: `alter database ${name} set default_transaction_read_only = on;${elsewhere}`,
          }),
        ]),
    ...loose.map(({ role }) =>
      seen(found, {
        object: role ?? '',
        message:
          `role ${role ?? ''} may write in database ${listing.name}, which the switch shut: ` +
          'it has a default_transaction_read_only of its own there',
        current: 'off',
        required: 'on',
        remedy:
          `alter role ${quoteIdentifier(role ?? '')} in database ${name} reset ` +
          `default_transaction_read_only;${elsewhere}`,
      }),
    ),
  ];
}

/** As the server takes a boolean: by any beginning of the words. */
function isOn(value: string): boolean {
  return /^(on|t(r(u(e)?)?)?|y(e(s)?)?|1)$/i.test(value);
}

function connectGiven(found: Found, listing: DatabaseListing, dialsAs: string | undefined): readonly Seen[] {
  const { record, server } = found;
  const own = new Set([record.granted, record.keeps, server.user.name, dialsAs]);
  // Without a list the defaults hold, by which everyone connects.
  const roles =
    listing.grants === null
      ? [null]
      : listing.grants
          .filter(({ privilege, grantee }) => privilege === 'CONNECT' && (grantee === null || !own.has(grantee)))
          .map(({ grantee }) => grantee);
  // Nobody had it, so that nothing was taken.
  if (record.connect.length === 0) return [];
  return [...new Set(roles)].map(role =>
    seen(found, {
      object: role ?? 'PUBLIC',
      message: `${role ?? 'PUBLIC'} may connect again to database ${listing.name}, which the switch shut`,
      current: 'CONNECT',
      required: 'no right to connect',
      remedy:
        `revoke connect on database ${quoteIdentifier(listing.name)} ` +
        `from ${role === null ? 'public' : quoteIdentifier(role)} cascade;${elsewhere}`,
    }),
  );
}

function fenceDown({ facts }: CheckInput, found: Found): readonly Seen[] {
  const { record, side } = found;
  const database = facts.databases.find(({ name }) => name === record.database);
  const tables = (side === 'source' ? database?.source : database?.target)?.tables ?? [];
  const fenced = tables.filter(table => table.inScope && table.extension === null && table.persistence === 'p');
  const disabled = fenced.filter(({ fence }) => fence === 'disabled');
  const without = fenced.filter(({ fence }) => fence === undefined);
  // Where none has one, pgm could not make any, and has said so.
  const dropped = without.length === fenced.length ? [] : without;
  return [
    ...triggerSeen(
      found,
      disabled,
      'disabled',
      table => `alter table ${qualifiedName(table)} enable trigger pgm_shut;`,
    ),
    ...triggerSeen(
      found,
      dropped,
      'missing',
      table =>
        'create trigger pgm_shut before insert or update or delete or truncate ' +
        `on ${qualifiedName(table)} for each statement execute function pgm.shut();`,
    ),
  ];
}

function triggerSeen(
  found: Found,
  tables: readonly TableFacts[],
  state: 'disabled' | 'missing',
  remedy: (table: TableFacts) => string,
): readonly Seen[] {
  if (tables.length === 0) return [];
  const names = tables.slice(0, named).map(shownName).join(', ');
  return [
    seen(found, {
      object: tables.length === 1 ? names : count(tables.length, 'table'),
      message:
        `the trigger pgm_shut is ${state} ` +
        `on ${names}${tables.length > named ? ` and ${tables.length - named} more` : ''}: ` +
        'superusers may write there again',
      current: state,
      required: 'pgm_shut',
      // The database is read-only by default.
      remedy: ['begin read write;', ...tables.map(remedy), 'commit;'].join('\n'),
    }),
  ];
}

function writing(found: Found): readonly Seen[] {
  const { record, server, side } = found;
  return server.writers
    .filter(({ database }) => database === record.database)
    .map(({ pid, gid, user }) =>
      seen(found, {
        object: pid === null ? (gid ?? '') : `pid ${pid}`,
        message:
          `${user ?? 'someone'} writes in database ${record.database}, which the switch shut: ` +
          `rows written there reach nobody; \`pgm verify\` names them`,
        current: 'writes',
        required: `none on the ${side}`,
        remedy: pid === null ? endPrepared(gid ?? '') : `select pg_terminate_backend(${pid});`,
      }),
    );
}
