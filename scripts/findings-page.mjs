const chapters = [
  ['1', 'Connection and tools'],
  ['2', 'Source server'],
  ['3', 'Target server'],
  ['4', 'Privileges'],
  ['5', 'Schema and data'],
  ['6', 'Drift while replicating'],
  ['7', 'Results of the application'],
];

/** Errors that end a command, by what their codes begin with. */
const errorChapters = [
  [
    /^PGM[26]/,
    'Errors: goals, switches and waits',
    'What a run ends with, or refuses, beside what the findings above tell.',
  ],
  [
    /^PGM8[0-4]/,
    'Errors 80x to 84x: what was asked for',
    'The command line, approvals, saved plans, files, and what there is to do. Nothing was changed.',
  ],
  [
    /^PGM8[5-9]/,
    'Errors 85x to 87x: steps and programs',
    'A run ended before its end. What is done is kept, and the next `pgm apply` goes on from there.',
  ],
  [/^[a-z]/, 'Errors of the state and its lock', 'These codes are words.'],
];

const providerNames = {
  rds: 'Amazon RDS',
  aurora: 'Amazon Aurora',
  cloudsql: 'Google Cloud SQL',
  alloydb: 'Google AlloyDB',
  azure: 'Azure Flexible Server',
  supabase: 'Supabase',
  neon: 'Neon',
  heroku: 'Heroku',
  digitalocean: 'DigitalOcean',
  aiven: 'Aiven',
  crunchy: 'Crunchy Bridge',
};

/** The reference page of all codes, in their order. */
export function renderFindingsPage({ catalogue, errorCodes, allCodes, exitCodes }) {
  const sorted = [...catalogue].sort((a, b) => (a.code < b.code ? -1 : 1));
  const lines = [
    '# Findings',
    '',
    '`pgm plan` and `pgm status` tell what they find by these codes, and every error that ends a ' +
      'command has one; none ever changes its meaning. `pgm explain CODE` shows the same text in the ' +
      'terminal. Findings end a command with exit code 6 where they are errors.',
    '',
    'This page is made from the one list in `src/checks/all-codes.ts` by `npm run generate`.',
    '',
  ];
  for (const [digit, title] of chapters) {
    const checks = sorted.filter(({ code }) => code.startsWith(`PGM${digit}`));
    if (checks.length === 0) continue;
    lines.push(`## ${digit}xx ${title}`, '');
    for (const check of checks) lines.push(...section(check));
  }
  for (const [begin, title, about] of errorChapters) {
    lines.push(`## ${title}`, '', about, '');
    for (const entry of errorCodes.filter(({ code }) => begin.test(code)))
      lines.push(...errorSection(entry, exitCodes));
  }
  lines.push(
    '## Mistakes in a spec',
    '',
    'Each ends the command with exit code 3, and is told with file, line and column.',
    '',
  );
  for (const { code, slug, title, sections } of allCodes.filter(({ kind }) => kind === 'spec'))
    lines.push(`### ${code} ${slug}`, '', `**${escaped(title)}.** ${escaped(sections[0][1])}`, '');
  return `${lines.join('\n').trimEnd()}\n`;
}

function section({ code, slug, title, scope, why, decided, remedy, providers }) {
  const entries = Object.entries(providers ?? {});
  return [
    `### ${code} ${slug}`,
    '',
    `**${escaped(title)}.**${scope === 'continuous' ? ' Only for continuous replication; a dump does without.' : ''}`,
    '',
    `*Why:* ${escaped(why)}`,
    '',
    `*Decided by:* ${escaped(decided)}`,
    '',
    `*What to do:* ${escaped(remedy)}`,
    '',
    ...(entries.length === 0
      ? []
      : [...entries.map(([provider, text]) => `- ${providerNames[provider]}: ${escaped(text)}`), '']),
  ];
}

function errorSection({ code, slug, title, means, remedy, ends }, exitCodes) {
  return [
    `### ${code === slug ? code : `${code} ${slug}`}`,
    '',
    `**${escaped(title)}.** ${escaped(means)}`,
    '',
    `*What to do:* ${escaped(remedy)}`,
    '',
    ...(ends.length === 0 ? [] : [`*Exit code:* ${ends.map(end => exitCodes[end]).join(' or ')}`, '']),
  ];
}

/** Prose, so that `*`, `<` and `|` stay themselves. */
function escaped(text) {
  return text.replaceAll(/[*<|]/g, '\\$&');
}
