import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { UserError } from '../errors.js';

/** What makes two runs of `pgm verify` the same comparison. */
export interface ComparisonIdentity {
  readonly name: string;
  readonly depth: string;
  /** System identifiers. */
  readonly source: string;
  readonly target: string;
}

interface Entry<T> {
  readonly database: string;
  readonly finished: T;
}

/** `shop.yaml` has it in `shop.verify.jsonl` beside it. */
function placeOf(specPath: string): string {
  return `${specPath.replace(/\.ya?ml$/i, '')}.verify.jsonl`;
}

/**
 * What a comparison has done so far, so that another can go on where it was cut off. A line for each table that was
 * equal: no keys and no values are in it. Removed at the end.
 */
export class VerifyFile<T> {
  /** null: the folder is not to be written to; then nothing can be resumed. */
  readonly #path: string | null;
  readonly #entries: readonly Entry<T>[];

  private constructor(path: string | null, entries: readonly Entry<T>[]) {
    this.#path = path;
    this.#entries = entries;
  }

  /** Begins a new one. */
  static begin<T>(specPath: string, identity: ComparisonIdentity): VerifyFile<T> {
    const path = placeOf(specPath);
    try {
      writeFileSync(path, `${JSON.stringify(identity)}\n`);
      return new VerifyFile(path, []);
    } catch {
      return new VerifyFile(null, []);
    }
  }

  /** @throws UserError when there is none, or it is of another comparison */
  static resume<T>(specPath: string, identity: ComparisonIdentity): VerifyFile<T> {
    const path = placeOf(specPath);
    if (!existsSync(path))
      throw new UserError('there is no interrupted verify to resume', {
        kind: 'usage',
        code: 'PGM847',
        hint: 'run `pgm verify` without --resume',
      });
    const [first = '', ...lines] = readFileSync(path, 'utf8').split('\n');
    if (JSON.stringify(parseJsonLine(first)) !== JSON.stringify(identity))
      throw new UserError(`the interrupted verify in ${path} was of other servers or another depth`, {
        kind: 'usage',
        code: 'PGM847',
        hint: 'run `pgm verify` without --resume',
      });
    // The last line may have been cut off.
    return new VerifyFile(
      path,
      lines.flatMap(line => (parseJsonLine(line) as Entry<T> | null) ?? []),
    );
  }

  finishedIn(database: string): readonly T[] {
    return this.#entries.filter(entry => entry.database === database).map(({ finished }) => finished);
  }

  note(database: string, finished: T): void {
    if (this.#path !== null) appendFileSync(this.#path, `${JSON.stringify({ database, finished })}\n`);
  }

  remove(): void {
    if (this.#path !== null) rmSync(this.#path, { force: true });
  }
}

function parseJsonLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
