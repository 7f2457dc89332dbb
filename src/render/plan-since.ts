import { codeBlock } from './markdown.js';

const shownLines = 12;
const widestLine = 160;

/**
 * What changed in a comment since the one it replaces: findings and steps that came and went, a diff of a dozen lines.
 * Sizes, counts and estimates are no change. Empty: there was none before.
 */
export function sinceLastPlan(previous: string | null, next: string): string {
  const commit = /planned for commit (\w+)/.exec(previous ?? '')?.[1];
  if (previous === null || commit === undefined) return '';
  const [before, now] = [promisesOf(previous), promisesOf(next)];
  const gone = [...before].filter(([key]) => !now.has(key)).map(([, line]) => `- ${line}`);
  const came = [...now].filter(([key]) => !before.has(key)).map(([, line]) => `+ ${line}`);
  const all = [...gone, ...came];
  const since = `since the plan for commit ${commit.slice(0, 12)}`;
  if (all.length === 0) return `**The same findings and steps** ${since}.\n`;
  const more = all.length > shownLines ? [`… and ${String(all.length - shownLines)} more`] : [];
  const lines = [...all.slice(0, shownLines).map(line => line.slice(0, widestLine)), ...more];
  return [`**Changed** ${since}:`, '', ...codeBlock(lines, 'diff'), ''].join('\n');
}

/** Lines of findings and steps, by what they say without figures. */
function promisesOf(comment: string): ReadonlyMap<string, string> {
  const lines = comment.split('\n').filter(line => /^(- (❌|⚠️|ℹ️) \*\*PGM|`[-+~>]` \*\*)/u.test(line));
  return new Map(
    lines.map(line => {
      const plain = line.replace(/\*\*|`/g, '').replace(/^- /, '');
      return [plain.replace(/ \([^()]*\)$/, '').replace(/\d[\d,.]*/g, '#'), plain];
    }),
  );
}
