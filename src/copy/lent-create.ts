import { quoteIdentifier } from '../postgres/identifiers.js';
import type { ArchiveEntry } from './archive-script.js';

/** CREATE on a schema for an owner who lacks it on the target. */
interface Loan {
  readonly schema: string;
  readonly owner: string;
}

/**
 * ALTER … OWNER TO asks of a role that is no superuser that the new owner has CREATE on the schema; a superuser on the
 * source could do without, and the schema's own privileges come last. So it is lent, within the transaction that makes
 * the object: nobody else ever sees it.
 */
export class LentCreate {
  readonly #loans = new Map<string, Loan>();

  /** True when the entry gives an object to someone to whom nothing was lent yet; from now on it is. */
  lendFor({ schema, owner, sql }: ArchiveEntry): boolean {
    if (schema === '' || owner === '' || !/ OWNER TO /.test(sql)) return false;
    const key = JSON.stringify([schema, owner]);
    if (this.#loans.has(key)) return false;
    this.#loans.set(key, { schema, owner });
    return true;
  }

  /** It was not that: take the loan back. */
  forget({ schema, owner }: ArchiveEntry): void {
    this.#loans.delete(JSON.stringify([schema, owner]));
  }

  /** The statements around those entries; none where nothing is lent to their owners. */
  around(entries: readonly ArchiveEntry[]): { readonly before: string; readonly after: string } {
    const loans = [...this.#loans.values()].filter(loan =>
      entries.some(entry => entry.schema === loan.schema && entry.owner === loan.owner),
    );
    return {
      before: loans
        .map(({ schema, owner }) => `grant create on schema ${quoteIdentifier(schema)} to ${quoteIdentifier(owner)};\n`)
        .join(''),
      after: loans
        .map(
          ({ schema, owner }) => `\nrevoke create on schema ${quoteIdentifier(schema)} from ${quoteIdentifier(owner)};`,
        )
        .join(''),
    };
  }
}
