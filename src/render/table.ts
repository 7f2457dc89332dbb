/** Width of a text as a terminal shows it: colour codes take no room, wide characters two columns. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of withoutColour(text)) width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1;
  return width;
}

/** The text without colour codes. */
export function withoutColour(text: string): string {
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}

/** Cuts a text without colour codes to at most `columns` columns, the last of them an ellipsis. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const character of text) {
    const next = width + (isWide(character.codePointAt(0) ?? 0) ? 2 : 1);
    if (next > columns - 1) break;
    kept += character;
    width = next;
  }
  return `${kept}…`;
}

export type Alignment = 'left' | 'right';

/** Rows of cells as lines with aligned columns, two spaces between; no trailing spaces. */
export function layOutTable(rows: readonly (readonly string[])[], alignments: readonly Alignment[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
    });
  }
  return rows.map(row =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, alignments[column] ?? 'left'))
      .join('  ')
      .trimEnd(),
  );
}

function pad(cell: string, width: number, alignment: Alignment): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(cell)));
  return alignment === 'left' ? cell + space : space + cell;
}

function isWide(codePoint: number): boolean {
  return (
    (codePoint >= 0x1100 && codePoint <= 0x115f) ||
    (codePoint >= 0x2e80 && codePoint <= 0xa4cf) ||
    (codePoint >= 0xac00 && codePoint <= 0xd7a3) ||
    (codePoint >= 0xf900 && codePoint <= 0xfaff) ||
    (codePoint >= 0xfe30 && codePoint <= 0xfe6f) ||
    (codePoint >= 0xff00 && codePoint <= 0xff60) ||
    (codePoint >= 0x1f300 && codePoint <= 0x1faff)
  );
}
