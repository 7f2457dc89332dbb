import { command } from '../command.js';
import { exitCodes } from '../exit-code.js';

export const completionCommand = command({
  name: 'completion',
  summary: 'print a completion script for bash or zsh',
  examples: [
    ['source <(pgm completion bash)', 'in ~/.bashrc'],
    ['source <(pgm completion zsh)', 'in ~/.zshrc, after compinit'],
  ],
  positionals: { shell: { type: 'string', choices: ['bash', 'zsh'], default: 'bash', describe: 'bash or zsh' } },
  options: {},
  interruption: 'at-once',
  async run(values, { terminal }) {
    const [{ commands }, { bashCompletion, zshCompletion }] = await Promise.all([
      import('../commands.js'),
      import('../completion-script.js'),
    ]);
    terminal.out.write(values.shell === 'zsh' ? zshCompletion(commands) : bashCompletion(commands));
    return exitCodes.ok;
  },
});
