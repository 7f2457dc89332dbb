import { describe, expect, it } from 'vitest';
import { exitCodes } from '../../src/cli/exit-code.js';
import { exitCodeMeaning } from '../../src/cli/help.js';

describe('exit codes in words', () => {
  it.each(Object.entries(exitCodes))('%s (%d) has a meaning', (_, code) => {
    expect(exitCodeMeaning(String(code))).toEqual(expect.any(String));
  });

  it('tells both ends by a signal, and nothing of what pgm never ends with', () => {
    expect(exitCodeMeaning('143')).toBe(exitCodeMeaning('130'));
    expect(exitCodeMeaning('42')).toBeNull();
    expect(exitCodeMeaning('PGM7')).toBeNull();
  });
});
