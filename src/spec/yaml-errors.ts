interface Explained {
  readonly message: string;
  readonly hint: string;
}

const quoteHint = 'Put a text with ": ", " #", or a leading *, &, @, %, !, ` or bracket in quotes.';

/** js-yaml's reasons in words that say what to do; others are passed on. */
const explanations: readonly (readonly [RegExp, Explained])[] = [
  [/^tab characters/, { message: 'a tab is used for indentation', hint: 'Indent with spaces.' }],
  [/duplicated mapping key/, { message: 'a key is given twice', hint: 'Remove one of them.' }],
  [/^missed comma/, { message: 'a comma or closing bracket is missing in a { } or [ ] list', hint: quoteHint }],
  [
    /^bad indentation of a mapping entry/,
    { message: 'this cannot stand here: wrong indentation, or a text that needs quotes', hint: quoteHint },
  ],
  [
    /^bad indentation/,
    { message: 'wrong indentation', hint: 'Entries of one list or mapping begin in the same column.' },
  ],
  [
    /multiline key/,
    {
      message: 'a line is neither "key: value" nor part of the value above',
      hint: 'Is there a ":" and a space behind the key?',
    },
  ],
  [
    /^expected ':'|whitespace character is expected after the key/,
    { message: 'a ":" with a space behind it is missing after the key', hint: 'Write key: value.' },
  ],
  [
    /^unknown escape sequence/,
    {
      message: 'a backslash in double quotes begins an escape that YAML does not know',
      hint: 'Write \\\\ for a backslash, or use single quotes.',
    },
  ],
  [
    /quoted scalar/,
    { message: 'a quote is not closed', hint: 'Close it; a single quote inside of single quotes is written twice.' },
  ],
  [/nesting exceeded/, { message: 'brackets are nested too deep', hint: 'A spec needs no more than six levels.' }],
  [/non-printable|null byte/, { message: 'a character that is not text', hint: 'Is this a text file?' }],
];

const unclosed: Explained = { message: 'the file ends before a bracket or quote is closed', hint: 'Close it.' };

/** @param atEnd nothing but blanks follows the place of the error */
export function explainYamlError(reason: string, atEnd: boolean): Explained {
  if (atEnd && /deficient indentation|unexpected end|quoted scalar|flow/.test(reason)) return unclosed;
  const known = explanations.find(([pattern]) => pattern.test(reason))?.[1];
  if (known !== undefined) return known;
  if (/deficient indentation/.test(reason))
    return {
      message: 'a bracket or quote above is not closed, or this line is not indented enough',
      hint: 'Close it, or indent what belongs to it.',
    };
  return { message: `not valid YAML: ${reason}`, hint: quoteHint };
}
