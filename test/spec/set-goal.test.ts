import { expect, test } from 'vitest';
import { UserError } from '../../src/errors.js';
import { setGoal } from '../../src/spec/set-goal.js';

test.each([
  [
    'replaces the word and nothing else',
    '# head\nname: a   # x\ngoal:   synced   # how far\nverify: off\n',
    '# head\nname: a   # x\ngoal:   cutover   # how far\nverify: off\n',
  ],
  ['keeps quotes', 'goal: "synced"\nname: \'a\'\n', 'goal: "cutover"\nname: \'a\'\n'],
  ['keeps single quotes', "goal: 'synced' # c\n", "goal: 'cutover' # c\n"],
  ['keeps Windows line ends', 'name: a\r\ngoal: synced\r\n', 'name: a\r\ngoal: cutover\r\n'],
  ['fills in an empty value', 'goal:  # later\nname: a\n', 'goal: cutover  # later\nname: a\n'],
  ['fills in an empty value at the end', 'name: a\ngoal:', 'name: a\ngoal: cutover'],
  ['works in braces', '{name: a, goal: synced, verify: off}\n', '{name: a, goal: cutover, verify: off}\n'],
  ['leaves a goal that is there', 'goal: cutover # so\n', 'goal: cutover # so\n'],
  [
    'is not misled by keys below others or in comments',
    'x: {goal: synced}\n# goal: synced\ngoal: synced\n',
    'x: {goal: synced}\n# goal: synced\ngoal: cutover\n',
  ],
  ['adds the line at the end', 'name: a\n# end\n', 'name: a\n# end\ngoal: cutover\n'],
  ['adds the line break too', 'name: a', 'name: a\ngoal: cutover\n'],
  ['adds Windows line ends where they are used', 'name: a\r\nx: b', 'name: a\r\nx: b\r\ngoal: cutover\r\n'],
  ['adds before the end of the document', 'name: a\n...\n', 'name: a\ngoal: cutover\n...\n'],
  ['adds to braces', '{name: a, x: [1, 2]} # } end\n', '{name: a, x: [1, 2], "goal": "cutover"} # } end\n'],
  ['adds to JSON', '{\n  "name": "a"\n}\n', '{\n  "name": "a", "goal": "cutover"\n}\n'],
  ['adds after a block of text', 'name: |\n  a\n', 'name: |\n  a\ngoal: cutover\n'],
  ['keeps a byte order mark', '\ufeffgoal: synced\n', '\ufeffgoal: cutover\n'],
  ['leaves variables elsewhere alone', 'x: {a: ${B}}\ngoal: synced\n', 'x: {a: ${B}}\ngoal: cutover\n'],
])('%s', (_what, before, after) => {
  expect(setGoal(before, 'cutover')).toBe(after);
});

test.each([
  ['goal: ${GOAL}\n', /takes its goal from a variable/],
  ['goal: [synced]\n', /not a word/],
  ['goal: [\n', /not valid YAML/],
  ['', /not valid YAML/],
  ['a: 1\na: 2\n', /not valid YAML/],
])('%j is refused', (text, message) => {
  expect(() => setGoal(text, 'ready')).toThrow(message);
  expect(() => setGoal(text, 'ready')).toThrow(UserError);
});
