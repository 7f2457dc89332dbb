const chapters = [
  ['1', 'Connection and tools'],
  ['2', 'Source server'],
  ['3', 'Target server'],
  ['4', 'Privileges'],
  ['5', 'Schema and data'],
  ['6', 'Drift while replicating'],
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

/** The reference page of all findings, in the order of their codes. */
export function renderFindingsPage(catalogue) {
  const sorted = [...catalogue].sort((a, b) => (a.code < b.code ? -1 : 1));
  const lines = [
    '# Findings',
    '',
    '`pgm plan` and `pgm status` tell what they find by these codes, which never change their meaning. `pgm explain CODE` shows the same text in the terminal.',
    '',
    'This page is made from the catalogue in `src/checks/` by `npm run generate`.',
    '',
  ];
  for (const [digit, title] of chapters) {
    const checks = sorted.filter(({ code }) => code.startsWith(`PGM${digit}`));
    if (checks.length === 0) continue;
    lines.push(`## ${digit}xx ${title}`, '');
    for (const check of checks) lines.push(...section(check));
  }
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

/** Prose, so that `*`, `<` and `|` stay themselves. */
function escaped(text) {
  return text.replaceAll(/[*<|]/g, '\\$&');
}
