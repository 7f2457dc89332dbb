import { command } from '../command.js';
import { exitCodes } from '../exit-code.js';
import { readExplanations } from '../explanations.js';

export const completionCommand = command({
  name: 'completion',
  summary: 'print a completion script for bash, zsh or fish',
  examples: [
    ['source <(pgm completion bash)', 'in ~/.bashrc'],
    ['source <(pgm completion zsh)', 'in ~/.zshrc, after compinit'],
    ['pgm completion fish > ~/.config/fish/completions/pgm.fish', 'once'],
  ],
  positionals: {
    shell: { type: 'string', choices: ['bash', 'zsh', 'fish'], default: 'bash', describe: 'bash, zsh or fish' },
  },
  options: {},
  interruption: 'at-once',
  async run(values, { terminal }) {
    const [{ commands }, { completionWords }, { bashCompletion, zshCompletion, fishCompletion }, explanations] =
      await Promise.all([
        import('../commands.js'),
        import('../completion-words.js'),
        import('../completion-script.js'),
        readExplanations(),
      ]);
    const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
    const codes = explanations.map(({ code }) => code);
    terminal.out.write(scripts[values.shell](completionWords(commands, codes)));
    return exitCodes.ok;
  },
});
