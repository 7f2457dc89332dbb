const phases = [
  ['prepare', 'Both servers are made ready'],
  ['copy', 'Definitions and rows, until the target follows'],
  ['cutover', 'The switch'],
  ['failback', 'Rollback'],
  ['close', 'The end'],
];

/** The page of all kinds of steps, in the order in which a migration meets them. */
export function renderStepsPage(stepTraits) {
  const lines = [
    '# Steps',
    '',
    'A plan is a list of steps. Each has an id, which is the database or the side, the kind, and ' +
      'what of the kind it is: `shop/copy/1`, `source/server-setting/wal_level`. Each is written to ' +
      'the lockfile before it begins and when it has ended, and asks the servers what is done ' +
      'already: an `apply` that was cut off goes on where it was.',
    '',
    'This page is made from `src/steps/step-traits.ts` by `npm run generate`.',
    '',
  ];
  for (const [phase, title] of phases) {
    const its = Object.entries(stepTraits).filter(([, traits]) => traits.phase === phase);
    lines.push(`## ${title}`, '', '| kind | what it does | in the report | |', '|---|---|---|---|');
    for (const [kind, traits] of its)
      lines.push(`| \`${kind}\` | ${traits.about} | ${traits.reported} | ${notes(traits).join('; ')} |`);
    lines.push('');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function notes({ triedOnce, endsSessions, leavesNothing, gainsByLoadSettings }) {
  return [
    ...(triedOnce ? ['not tried again by itself'] : []),
    ...(endsSessions ? ['ends sessions'] : []),
    ...(leavesNothing ? ['leaves nothing to undo'] : []),
    ...(gainsByLoadSettings ? ['runs with the settings of the load'] : []),
  ];
}

const listOfKinds = /^( *)(.*"enum": )\[([^\]]*"drop-lane"[^\]]*)\]/gm;

/**
 * The text of a schema with its lists of kinds as the registry has them. What a schema tells of a kind by itself, as
 * the lockfile's does of those that leave a record, is not listed again.
 */
export function withKinds(text, stepKinds) {
  const forms = JSON.parse(text).definitions?.StepLeft?.oneOf ?? [];
  const told = new Set(forms.map(({ properties }) => properties.kind.const));
  const kinds = stepKinds.filter(kind => !told.has(kind));
  return text.replaceAll(listOfKinds, (_, indent, before) => {
    const inner = `${indent}  `;
    return `${indent}${before}[\n${kinds.map(kind => `${inner}${JSON.stringify(kind)}`).join(',\n')}\n${indent}]`;
  });
}
