import { describe, expect, it } from 'vitest';
import { wrapProse } from '../../src/render/wrap.js';

describe('prose in a terminal', () => {
  it.each([
    ['goes on below its text', '  ! PGM304 the disk is small now', '  ! PGM304 the disk is\n      small now'],
    ['goes on below its column', '  Locks    reads and writes go on', '  Locks    reads and\n           writes go on'],
    ['goes on below a hint', '  hint: run it again now, please', '  hint: run it again\n        now, please'],
    ['goes on as the comment it is', '   -- better a primary key', '   -- better a primary\n   -- key'],
    ['takes a finding for no statement', '  ~ PGM316 one two three four', '  ~ PGM316 one two\n      three four'],
    ['stands at the left where it began there', 'one two three four five six', 'one two three four five\nsix'],
    ['never breaks a word', `x ${'y'.repeat(30)}`, `x\n${'y'.repeat(30)}`],
    [
      'breaks a remedy in words',
      '      to do: Make sure it all fits.',
      `      to do: Make sure\n${' '.repeat(13)}it all\n${' '.repeat(13)}fits.`,
    ],
  ])('%s', (_, text, wrapped) => {
    expect(wrapProse(text, 23)).toBe(wrapped);
  });

  it.each([
    '  + create database "app" with owner = \'a b c d\'',
    "      to do: alter system set wal_level = 'logical';",
    '             alter role app login valid until now;',
    '  > $ sudo systemctl restart postgresql',
  ])('leaves what may be copied: %s', line => {
    expect(wrapProse(line, 23)).toBe(line);
  });

  it('counts neither colours nor what fits', () => {
    const red = '\u001b[31merror[PGM101]\u001b[39m: a b c';
    expect(wrapProse(`${red}\n\nfits\n`, 23)).toBe(`${red}\n\nfits\n`);
  });
});
