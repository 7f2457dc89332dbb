// The site of these pages: `npm ci --prefix docs && npm run --prefix docs build` writes docs/.vitepress/dist. A link that
// leads nowhere fails the build.
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { outside } from './outside-links.mjs';
import { sidebar } from './sidebar.mjs';

const { repository } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const home = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');

export default defineConfig({
  title: 'pgm',
  description: 'Move a running PostgreSQL cluster to another server: plan, apply, cut over, roll back.',
  lang: 'en',
  cleanUrls: false,
  srcExclude: ['**/node_modules/**'],
  rewrites: { 'README.md': 'index.md', 'providers/README.md': 'providers/index.md' },
  markdown: { config: md => outside(md, `${home}/blob/main`) },
  themeConfig: {
    nav: [
      { text: 'Tutorial', link: '/tutorial' },
      { text: 'Runbook', link: '/runbook' },
      { text: 'Providers', link: '/providers/' },
      { text: 'Reference', link: '/reference/commands' },
      { text: 'Findings', link: '/findings' },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: home }],
  },
});
