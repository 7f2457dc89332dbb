import { expect, it } from 'vitest';
import { inlineCode, inText, codeBlock } from '../../src/render/markdown.js';
import { printable } from '../../src/render/printable.js';

it('makes control characters of names and messages visible, wherever they are', () => {
  const hostile = {
    name: 'a\u001b[2Jb',
    list: ['x\ry', 1, null, true],
    deep: { 'k\u0007': 'line\nnext\ttab' },
    turned: 'a\u202eb',
  };
  expect(printable(hostile)).toEqual({
    name: 'a\\x1b[2Jb',
    list: ['x\\x0dy', 1, null, true],
    deep: { 'k\\x07': 'line\nnext\ttab' },
    turned: 'a\\u202eb',
  });
});

it('keeps Markdown from taking names for markup', () => {
  expect(inText('<b>@all</b> *x* [y](z) a|b')).toBe('&lt;b>@<!-- -->all&lt;/b> \\*x\\* \\[y\\](z) a\\|b');
  expect(inlineCode('a`b')).toBe('``a`b``');
  expect(codeBlock(['```', 'x'], 'sql')).toEqual(['````sql', '```', 'x', '````']);
});
