/** A text in which the braces of `${NAME}` are no YAML, same length; `unmask` puts them back. */
export interface MaskedBraces {
  readonly masked: string;
  readonly unmask: (text: string) => string;
}

/**
 * Hides the braces of `${…}` from the YAML parser, so that `{connection: ${SOURCE_URL}}` means what it looks like;
 * in plain YAML braces may not stand in an unquoted text inside of `{}` and `[]`.
 */
export function maskBraces(text: string): MaskedBraces {
  const [open, close] = unusedCharacters(text);
  return {
    masked: text.replaceAll(/\$\{([^{}\n]*)\}/g, (_, inside: string) => `$${open}${inside}${close}`),
    unmask: masked => masked.replaceAll(open, '{').replaceAll(close, '}'),
  };
}

/** Two characters of the private use area that `text` does not hold, not even as an escape. */
function unusedCharacters(text: string): readonly [string, string] {
  const unused: string[] = [];
  for (let code = 0xe000; unused.length < 2 && code <= 0xf8ff; code++) {
    const character = String.fromCharCode(code);
    if (!text.includes(character) && !text.toLowerCase().includes(`\\u${code.toString(16)}`)) unused.push(character);
  }
  return [unused[0] ?? '\ue000', unused[1] ?? '\ue001'];
}
