const brought = {
  definition: "pg_dump's definition",
  copy: 'copied',
  statement: "pgm's statement",
  computed: 'computed on the target',
  stays: 'stays behind',
};
const followed = {
  lane: 'replicated',
  'write stop': 'again before and in the write stop',
  'before the switch': 'made again before the switch',
  'before every switch': 'with the next `pgm apply`, and again just before a cutover or rollback stops writes',
  'next apply': 'new ones by the next `pgm apply`',
  'schema changes': 'by the next `pgm apply`, as `schema_changes` says; a switch waits for it',
  not: 'not copied again',
};

/** Between these two lines of docs/fidelity.md. */
export const begin = '<!-- every kind: made by npm run generate -->';
export const end = '<!-- end -->';

/** The table of all kinds, and the page with it. */
export function renderKinds(kinds) {
  const rows = kinds.map(
    kind =>
      `| ${kind.name} | ${brought[kind.brought]} ` +
      `| ${kind.brought === 'stays' ? '' : followed[kind.followed]} ` +
      `| ${kind.compared === 'not' ? '' : kind.compared} | ${kind.watched.join(', ')} |`,
  );
  return [
    '| kind | how it comes | a change after the copy | compared | reported by |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

export function withKinds(page, kinds) {
  const [before, rest] = page.split(begin);
  const [, after] = (rest ?? '').split(end);
  if (after === undefined) throw new Error('docs/fidelity.md has no place for the kinds');
  return `${before}${begin}\n\n${renderKinds(kinds)}\n\n${end}${after}`;
}
