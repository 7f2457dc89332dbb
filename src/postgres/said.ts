import { maskKnownSecrets } from './secret.js';

/** Characters of one text of a server that are kept: enough for a statement, not for a terminal's whole history. */
const most = 10_000;

/** A text of a server as it may be shown: a server was told secrets, which it may repeat. */
export function said(text: string): string {
  const kept = text.length > most ? `${text.slice(0, most)} … (${text.length - most} more characters)` : text;
  return maskKnownSecrets(kept);
}
