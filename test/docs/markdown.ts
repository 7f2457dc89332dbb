import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

export interface Page {
  /** From the root of the project. */
  readonly path: string;
  readonly text: string;
}

/** What people read: all of docs/ and the pages in the root. */
export function readPages(): readonly Page[] {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md') && !name.includes('node_modules'))
    .map(name => join('docs', name));
  return ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...inDocs.sort()]
    .filter(path => existsSync(join(root, path)))
    .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

export interface Block {
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

const fences = /^( *)```(\w*)[^\n]*\n([^]*?)^\1```$/gm;

/** Fenced blocks, with the indentation of a list taken away. */
export function codeBlocks(text: string): readonly Block[] {
  return [...text.matchAll(fences)].map(({ index, 1: indent = '', 2: language = '', 3: body = '' }) => ({
    language,
    text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    line: text.slice(0, index).split('\n').length,
  }));
}

/** The same text without its fenced blocks. */
export function prose(text: string): string {
  return text.replaceAll(fences, '');
}

/** What a heading is linked by, as GitHub makes it. */
export function anchors(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  for (const [, heading = ''] of prose(text).matchAll(/^#+ +(.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    found.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return found;
}

/** Links of a page that lead nowhere. */
export function brokenLinks({ path, text }: Page): readonly string[] {
  const links = [...prose(text).replaceAll(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to);
  return links.filter(to => {
    if (/^[a-z]+:/.test(to)) return false;
    const [file = '', anchor] = to.split('#');
    const full = file === '' ? join(root, path) : resolve(root, dirname(path), file);
    if (relative(root, full).startsWith('..') || !existsSync(full)) return true;
    return anchor !== undefined && !anchors(readFileSync(full, 'utf8')).has(anchor);
  });
}

/** Command lines of pgm in shell blocks and in the text, without what stands around them. */
export function commandLines(text: string): readonly string[] {
  const inBlocks = codeBlocks(text)
    .filter(({ language }) => ['sh', 'bash', 'console', 'yaml'].includes(language))
    .flatMap(block => block.text.split('\n'));
  const inText = [...prose(text).matchAll(/`(pgm [^`\n]+)`/g)].map(([, line = '']) => line);
  return [...inBlocks, ...inText].flatMap(line =>
    line
      .replace(/(^|\s)#.*$/, '')
      .split(/\|\|?|&&|;|>|\$\(|\)|\\$/)
      .map(part => part.trim().replace(/^(?:- )?(?:run: )?\$? ?/, ''))
      .filter(part => /^pgm [a-z-]/.test(part)),
  );
}
