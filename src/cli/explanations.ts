import type { Explanation } from '../render/explain-text.js';
import { exitCodes } from './exit-code.js';

/** Every code that pgm shows to users, as `pgm explain` tells it. */
export async function readExplanations(): Promise<Explanation[]> {
  const { allCodes } = await import('../checks/all-codes.js');
  return allCodes.map(({ code, slug, title, kind, ends, sections }) => ({
    code,
    slug,
    title,
    sections:
      ends.length === 0
        ? sections
        : [
            ...sections,
            [
              'Exit code',
              exitWords(
                kind,
                ends.map(end => exitCodes[end]),
              ),
            ] as const,
          ],
  }));
}

function exitWords(kind: 'finding' | 'error' | 'spec', codes: readonly number[]): string {
  const numbers = codes.join(' or ');
  return kind === 'finding' ? `${numbers}, where it is an error` : numbers;
}
