import { expect, it } from 'vitest';
import { whileReading } from '../../src/render/reading-notice.js';
import { screen } from './screen.js';

it('is there while a command reads, and gone when it has read or failed', async () => {
  const terminal = screen();
  await whileReading(terminal, () => {
    expect(terminal.lines()).toEqual(['Reading source and target …']);
    return Promise.resolve();
  });
  expect(terminal.lines()).toEqual([]);
  const failing = screen();
  await expect(whileReading(failing, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(failing.lines()).toEqual([]);
});

it('writes nothing into a pipe', async () => {
  const pipe = screen({ canRedraw: false });
  expect(await whileReading(pipe, () => Promise.resolve(7))).toBe(7);
  expect(pipe.written()).toBe('');
});
