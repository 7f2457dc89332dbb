import { sidebar } from './sidebar.mjs';

/** The pages of the sidebar as https://llmstxt.org has it. `read` gives a page's text by its path in docs/. */
export function llmsText(read) {
  const lines = [
    '# pgm',
    '',
    '> pgm moves a running PostgreSQL cluster to another server, the way Terraform changes infrastructure: a YAML spec, ' +
      '`pgm plan` to review, `pgm apply` to carry out, `pgm cutover` with a write stop of milliseconds, `pgm rollback`.',
  ];
  for (const { text, items } of sidebar) {
    lines.push('', `## ${text}`, '');
    for (const item of items) lines.push(`- [${item.text}](${fileOf(item.link)}): ${firstSentence(read(fileOf(item.link)))}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The source of a page by its address on the site. */
export function fileOf(link) {
  const path = link.replace(/^\//, '');
  return path === '' || path.endsWith('/') ? `${path}README.md` : `${path}.md`;
}

function firstSentence(text) {
  const paragraph = text.split(/\n{2,}/).find(part => !/^[#|>`-]/.test(part.trim()) && part.trim() !== '') ?? '';
  const plain = paragraph.replaceAll('\n', ' ').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  return /^.*?[.:](?= |$)/.exec(plain)?.[0] ?? plain;
}
