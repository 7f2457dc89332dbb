import type { ServerFacts } from '../inspect/facts.js';
import { shellWord } from '../shell-word.js';

/** A name in pg_hba.conf: quoted, so that it is never taken for a keyword. It doubles a quote within quotes. */
export function hbaName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An address with the length of its mask, which pg_hba.conf insists on; a host name stays as it is. */
export function withLength(address: string): string {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) return `${address}/32`;
  return address.includes(':') && !address.includes('/') ? `${address}/128` : address;
}

/**
 * PostgreSQL's words name who was turned away, in English: `no pg_hba.conf entry for host "10.0.0.5", user "u",
 * database "d", no encryption`.
 */
const refusal =
  /pg_hba\.conf (?:entry for|rejects connection for) host "([^"]+)", user "((?:[^"]|"")+)", database "((?:[^"]|"")+)"(, SSL encryption|, SSL on)?/;

/** The address that was refused; null when the server's words do not tell. */
export function refusedAddress(message: string): string | null {
  return refusal.exec(message)?.[1] ?? null;
}

/** The narrowest line that lets in what was refused; null when the server's words do not tell. */
export function lineThatLetsIn(message: string): string | null {
  const [, address, user, database, tls] = refusal.exec(message) ?? [];
  if (address === undefined || user === undefined || database === undefined) return null;
  return (
    `${tls === undefined ? 'host' : 'hostssl'} ${hbaName(database)} ${hbaName(user)} ${withLength(address)} ` +
    'scram-sha-256'
  );
}

/** Where a server keeps its files; null: not to be known. */
export interface ServerFiles {
  readonly hbaFile: string | null;
  readonly dataDirectory: string | null;
}

export function filesOf({ hbaFile, settings }: ServerFacts): ServerFiles {
  return { hbaFile, dataDirectory: settings.get('data_directory')?.value ?? null };
}

/** Commands that put lines on top of pg_hba.conf and have it read. */
export function putOnTop(server: 'source' | 'target', lines: readonly string[], files: ServerFiles): string {
  return onTheMachine(server, files, lines.map(line => `-e ${shellWord(`1i ${line}`)}`).join(' '));
}

/** Commands that turn a line of it into a comment. */
export function commentOut(server: 'source' | 'target', line: number, files: ServerFiles): string {
  return onTheMachine(server, files, `-e '${line}s/^/# /'`);
}

/** Typed where the server runs. What is not known is asked of the server there, over its socket. */
function onTheMachine(server: 'source' | 'target', { hbaFile, dataDirectory }: ServerFiles, script: string): string {
  const asked = (name: string): string => `"$(psql --no-psqlrc -At -d postgres -c 'show ${name}')"`;
  const pid = dataDirectory === null ? asked('data_directory') : shellWord(dataDirectory);
  return [
    `# on the ${server}'s machine, as the server's user:`,
    `sed -i ${script} ${hbaFile === null ? asked('hba_file') : shellWord(hbaFile)}`,
    `kill -HUP "$(head -n 1 ${pid}/postmaster.pid)"`,
  ].join('\n');
}
