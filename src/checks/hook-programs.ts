import { shellWord } from '../shell-word.js';
import type { Check } from './check.js';
import { switchAhead } from './switch-ahead.js';

export const hookPrograms: Check = {
  code: 'PGM780',
  slug: 'hook-programs',
  title: 'Programs of the hooks',
  scope: 'any',
  why:
    'A hook that is not there shows in the write stop: the switch is undone, and clients have waited in vain. ' +
    'One that is missing after the switch leaves stopped what the hooks before it stopped.',
  decided:
    'Each program of cutover.hooks is looked for as the switch starts it: without a shell, in the folder of the spec, ' +
    'or by PATH; it must be a file that may be run, and the program that a script names in its first line must be ' +
    'there. An error where the plan holds a switch, else a warning. What it does is tried by pgm cutover --rehearse ' +
    'with cutover.hooks.rehearse.',
  remedy: 'Put the program there and let it be run (chmod +x).',
  run: ({ facts: { local }, ...input }) =>
    (local.hooks ?? []).flatMap(({ phase, program, problem }) =>
      problem === null
        ? []
        : [
            {
              severity: switchAhead(input) ? 'error' : 'warning',
              server: 'local',
              object: program,
              message: `the hook of cutover.hooks.${phase} cannot be started: ${problem}`,
              current: problem,
              required: 'a program that may be run',
              remedy: problem.endsWith('may not be run')
                ? `chmod +x ${shellWord(problem.slice(0, -' may not be run'.length))}`
                : hookPrograms.remedy,
            },
          ],
    ),
};
