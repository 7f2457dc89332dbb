import type { Palette } from './palette.js';

/** What `pgm explain` knows of a code. */
export interface Explanation {
  readonly code: string;
  readonly slug: string;
  readonly title: string;
  /** Headed paragraphs, in order; empty texts are left out. */
  readonly sections: readonly (readonly [heading: string, text: string])[];
}

export function renderExplanation({ code, slug, title, sections }: Explanation, palette: Palette): string {
  const lines = [code === slug ? palette.bold(code) : `${palette.bold(code)} ${slug}`, palette.bold(title)];
  for (const [heading, text] of sections) {
    if (text !== '')
      lines.push(
        '',
        palette.bold(heading),
        ...text
          .trimEnd()
          .split('\n')
          .map(line => `  ${line}`),
      );
  }
  return lines.map(line => `${line}\n`).join('');
}

/** All codes with their titles, a line each. */
export function renderCodeList(
  entries: readonly { readonly code: string; readonly slug: string; readonly title: string }[],
  palette: Palette,
): string {
  return entries.map(({ code, title }) => `${palette.bold(code)}  ${title}\n`).join('');
}
