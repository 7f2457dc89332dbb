// Links of a page to files that are not pages (README, examples, schemas) lead to the repository on the site.
import { posix } from 'node:path';

/** @param base address of the repository's files, as https://…/blob/main */
export function outside(md, base) {
  md.core.ruler.push('outside', state => {
    for (const token of state.tokens.flatMap(({ children }) => children ?? [])) {
      if (token.type !== 'link_open') continue;
      const href = token.attrGet('href');
      const path = leaving(href, state.env.relativePath);
      if (path !== null) token.attrSet('href', `${base}/${path}`);
    }
  });
}

/** Path from the root of the repository of what a relative link reaches outside of docs/; null: it stays within. */
export function leaving(href, page) {
  if (href === null || /^([a-z]+:|#|\/)/.test(href)) return null;
  const reached = posix.normalize(posix.join('docs', posix.dirname(page), href));
  return reached.startsWith('docs/') ? null : reached;
}
