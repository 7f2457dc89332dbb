import { getHeapStatistics } from 'node:v8';
import { ProtocolError } from './protocol-error.js';

/** Bytes that a row and each of its values take beside what came over the wire, about. */
const rowBytes = 64;
const valueBytes = 32;

/** Bytes that the results under way of all sessions may take together: half of what Node gives this process. */
const most = Math.floor(getHeapStatistics().heap_size_limit / 2);
let taken = 0;

/** Counts what the rows of one session's results take until they are handed over, so that none without end ends pgm. */
export class AnswerMemory {
  #taken = 0;

  /** @throws ProtocolError when all sessions together pass what there is */
  add(bytes: number, values: number): void {
    const more = bytes + rowBytes + values * valueBytes;
    this.#taken += more;
    taken += more;
    if (taken > most)
      throw new ProtocolError(
        `its answer takes more memory than pgm has for it (${Math.round(most / 1024 / 1024)} MB; ` +
          'NODE_OPTIONS=--max-old-space-size=N gives more)',
      );
  }

  release(): void {
    taken -= this.#taken;
    this.#taken = 0;
  }
}
