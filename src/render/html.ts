/** Text as it stands in HTML, between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => entities[character] ?? character);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
  /** Of sentences: on a narrow page the table is scrolled rather than this squeezed. */
  readonly wide?: boolean;
}

/** A table; cells are HTML already. Empty where there are no rows. */
export function htmlTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  foot: readonly string[] = [],
): string {
  if (rows.length === 0) return '';
  const type = (index: number): string =>
    columns[index]?.numeric === true ? ' class="n"' : columns[index]?.wide === true ? ' class="w"' : '';
  const row = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell, index) => `<${tag}${type(index)}${tag === 'th' ? ' scope="col"' : ''}>${cell}</${tag}>`).join('')}</tr>`;
  return `<div class="table"><table><thead>${row(
    columns.map(({ title }) => title),
    'th',
  )}</thead><tbody>${rows.map(cells => row(cells, 'td')).join('')}</tbody>${foot.length === 0 ? '' : `<tfoot>${row(foot, 'td')}</tfoot>`}</table></div>`;
}
