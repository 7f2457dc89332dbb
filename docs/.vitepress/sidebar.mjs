// Every page of the site by what its reader wants to do. A page that is missing here fails test/docs/site.test.ts.
const pages = (folder, list) => list.map(([link, text]) => ({ text, link: `/${folder}${link}` }));

export const sidebar = [
  {
    text: 'Begin',
    items: pages('', [
      ['', 'What to read for what'],
      ['tutorial', 'Tutorial'],
      ['runbook', 'The day of the cutover'],
      ['what-clients-see', 'What clients see'],
      ['troubleshooting', 'Troubleshooting by symptom'],
      ['sizing', 'How long, how large'],
    ]),
  },
  {
    text: 'How to',
    collapsed: true,
    items: pages('how-to/', [
      ['major-upgrade', 'Upgrade a major version'],
      ['pgbouncer', 'PgBouncer and other poolers'],
      ['large-databases', 'Large databases'],
      ['many-databases', 'Many databases'],
      ['filters', 'Filters'],
      ['tables-without-key', 'Tables without a key'],
      ['standby-as-source', 'Standby as source'],
      ['failover-during-migration', 'A failover during the migration'],
      ['pipelines', 'Pipelines'],
      ['secrets', 'Secrets'],
      ['back-after-a-week', 'Back after a week'],
      ['closing-down', 'Closing down'],
    ]),
  },
  {
    text: 'Providers',
    collapsed: true,
    items: pages('providers/', [
      ['', 'What is the same everywhere'],
      ['rds-aurora', 'Amazon RDS, Aurora'],
      ['cloud-sql', 'Google Cloud SQL'],
      ['alloydb', 'Google AlloyDB'],
      ['azure', 'Azure Flexible Server'],
      ['supabase', 'Supabase'],
      ['neon', 'Neon'],
      ['heroku', 'Heroku Postgres'],
      ['digitalocean', 'DigitalOcean'],
      ['aiven', 'Aiven'],
      ['crunchy-bridge', 'Crunchy Bridge'],
      ['on-premises', 'Debian, Red Hat'],
      ['kubernetes-operators', 'Kubernetes operators'],
    ]),
  },
  {
    text: 'Reference',
    collapsed: true,
    items: [
      ...pages('reference/', [
        ['commands', 'Commands and exit codes'],
        ['spec', 'Spec'],
        ['json', 'JSON outputs'],
      ]),
      ...pages('', [
        ['findings', 'Findings and errors'],
        ['steps', 'Steps'],
        ['matrix', 'Versions and rights'],
        ['fidelity', 'What arrives'],
        ['schema-changes', 'Schema changes'],
        ['metrics', 'Metrics'],
        ['postgresql-19', 'PostgreSQL 19'],
        ['pg-upgrade-check', 'pg_upgrade --check'],
        ['glossary', 'Glossary'],
      ]),
    ],
  },
  {
    text: 'Explanation',
    collapsed: true,
    items: pages('', [
      ['how-it-works', 'How no row is lost'],
      ['comparison', 'Comparison with other tools'],
      ['security', 'Security'],
    ]),
  },
];
