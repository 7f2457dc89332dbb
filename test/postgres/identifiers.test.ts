import { expect, it } from 'vitest';
import { qualifiedNameInText, quoteIdentifier, quoteLiteral } from '../../src/postgres/identifiers.js';
import { shownName } from '../../src/postgres/relation-key.js';
import { shellWord } from '../../src/shell-word.js';

it.each([
  ['plain', '"plain"'],
  ['a"b', '"a""b"'],
  ['a\\b', '"a\\b"'],
  ['a\nb', 'U&"a\\000ab"'],
  ['a"\\\u001b[31m', 'U&"a""\\\\\\001b[31m"'],
])('quotes %j on one line', (name, quoted) => {
  expect(quoteIdentifier(name)).toBe(quoted);
});

it('keeps values, shell words and names in words on one line', () => {
  expect(quoteLiteral("a\n'b\\\u0007")).toBe(" E'a\\n''b\\\\\\x07'");
  expect(shellWord("a\nb'\\")).toBe("$'a\\012b\\047\\134'");
  expect(shownName({ schema: 'public', name: 'x\n::error::pwned' })).toBe('public.U&"x\\000a::error::pwned"');
  expect(qualifiedNameInText({ schema: 'a', name: 'x\n' })).toBe('"a"."x\n"');
});

it('refuses what no name or value can hold', () => {
  expect(() => quoteIdentifier('a\0')).toThrow(TypeError);
  expect(() => quoteLiteral('a\0')).toThrow(TypeError);
});
