import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import type { BlockRecord, ConnectGrant } from '../state/block-record.js';

/** What a record says was granted; that of an earlier version knows names only. */
function grantsOf({ connect, grants }: BlockRecord): readonly ConnectGrant[] {
  return grants ?? connect.map(grantee => ({ grantee, grantor: null, grantable: false }));
}

/** What the owner did not grant goes with the grant option of whoever did. */
export function revokeStatements(record: BlockRecord): readonly string[] {
  const name = quoteIdentifier(record.database);
  const kept = record.keeps;
  return [
    ...(kept === undefined
      ? []
      : [`revoke grant option for connect on database ${name} from ${quoteIdentifier(kept)} cascade`]),
    ...[...new Set(record.connect)]
      .filter(role => role !== kept)
      .map(role => `revoke connect on database ${name} from ${granteeName(role)} cascade`),
  ];
}

/** For people. {@link unblockCommands} does the same with more care. */
export function unblockStatements(records: readonly BlockRecord[]): readonly string[] {
  return records.flatMap(record => [
    readOnlyStatement(record),
    ...grantsOf(record).flatMap(grant =>
      grant.grantor === null
        ? [grantStatement(record, grant)]
        : [`set role ${quoteIdentifier(grant.grantor)}`, grantStatement(record, grant), 'reset role'],
    ),
    ...revokeOwn(record),
  ]);
}

/**
 * Puts back what {@link revokeStatements} and the setting replaced, as far as it is still pgm's to put back: what
 * somebody set or granted meanwhile stays, and neither a role nor a database that is gone keeps the others shut. Each
 * command is one statement. A grantor as whom pgm may not act: the owner grants instead.
 */
export function unblockCommands(records: readonly BlockRecord[]): readonly string[] {
  return records.map(record => `do ${quoteLiteral(unblockBody(record)).trim()}`);
}

function unblockBody(record: BlockRecord): string {
  const database = quoteLiteral(record.database).trim();
  return `begin
  if not exists (select from pg_catalog.pg_database where datname = ${database}) then return; end if;
  if exists (
    select from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_database d on d.oid = s.setdatabase
    where d.datname = ${database} and s.setrole = 0 and 'default_transaction_read_only=on' = any (s.setconfig)
  ) then ${readOnlyStatement(record)}; end if;
${grantsOf(record)
  .map(grant => `  ${giveBack(record, grant)}\n`)
  .join('')}${revokeOwn(record)
    .map(statement => `  ${statement};\n`)
    .join('')}end`;
}

function giveBack(record: BlockRecord, grant: ConnectGrant): string {
  const give = grantStatement(record, grant);
  const given =
    grant.grantor === null
      ? `${give};`
      : `begin set local role ${quoteIdentifier(grant.grantor)}; ${give}; set local role none; exception when ` +
        `insufficient_privilege or undefined_object or invalid_parameter_value then ${give}; end;`;
  return grant.grantee === '' ? given : `if ${exists(grant.grantee)} then ${given} end if;`;
}

const exists = (role: string): string =>
  `exists (select from pg_catalog.pg_roles where rolname = ${quoteLiteral(role).trim()})`;

function readOnlyStatement({ database, readOnly }: BlockRecord): string {
  const name = quoteIdentifier(database);
  return readOnly === null
    ? `alter database ${name} reset default_transaction_read_only`
    : `alter database ${name} set default_transaction_read_only = ${quoteLiteral(readOnly)}`;
}

function grantStatement({ database }: BlockRecord, { grantee, grantable }: ConnectGrant): string {
  return (
    `grant connect on database ${quoteIdentifier(database)} ` +
    `to ${granteeName(grantee)}${grantable ? ' with grant option' : ''}`
  );
}

function revokeOwn({ database, granted }: BlockRecord): readonly string[] {
  return granted === undefined
    ? []
    : [`revoke connect on database ${quoteIdentifier(database)} from ${quoteIdentifier(granted)}`];
}

const granteeName = (role: string): string => (role === '' ? 'public' : quoteIdentifier(role));
