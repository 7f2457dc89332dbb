import { expect, it } from 'vitest';
import { paletteFor } from '../../src/render/palette.js';

it.each([
  ['a terminal', { isTerminal: true }, true],
  ['a pipe', { isTerminal: false }, false],
  ['--no-color', { color: false }, false],
  ['--no-color over FORCE_COLOR', { color: false, environment: { FORCE_COLOR: '1' } }, false],
  ['NO_COLOR', { environment: { NO_COLOR: '1' } }, false],
  ['an empty NO_COLOR, which means nothing', { environment: { NO_COLOR: '' } }, true],
  ['NO_COLOR over FORCE_COLOR', { environment: { NO_COLOR: '1', FORCE_COLOR: '1' } }, false],
  ['FORCE_COLOR on a pipe', { isTerminal: false, environment: { FORCE_COLOR: '1' } }, true],
  ['FORCE_COLOR=0', { environment: { FORCE_COLOR: '0' } }, false],
  ['TERM=dumb', { environment: { TERM: 'dumb' } }, false],
])('%s: coloured %#', (_, wishes, coloured) => {
  const palette = paletteFor({ isTerminal: true, color: true, environment: {}, ...wishes });
  expect(palette.red('x')).toBe(coloured ? '\u001b[31mx\u001b[39m' : 'x');
});
