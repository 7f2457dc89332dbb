import { command } from '../command.js';

export const demoCommand = command({
  name: 'demo',
  summary: 'a whole migration on two servers of its own, in under a minute',
  details: [
    'Starts two PostgreSQL servers in a temporary folder, a client that keeps writing, ' +
      'and takes them from plan to close. Leaves nothing running.',
  ],
  examples: [['pgm demo', 'watch a migration']],
  positionals: {},
  options: {},
  interruption: 'graceful',
  async run(_values, { terminal, interruption }) {
    const { runDemo } = await import('../demo/demo.js');
    return runDemo({ terminal, signal: interruption.signal });
  },
});
