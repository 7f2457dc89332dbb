import type { Finding } from '../checks/finding.js';
import { groupFindings, serverTitle } from './finding-groups.js';
import { andMore, fold } from './fold.js';
import type { Palette } from './palette.js';
import { oneLine } from './printable.js';

/** This many findings of one code in one database are shown, the others counted. */
const foldAbove = 5;

/**
 * Findings by server and database with their remedies, one line a piece and what to do below it.
 * Only those that are not in order, unless `verbose`; empty when there are none.
 */
export function renderFindings(
  findings: readonly Finding[],
  palette: Palette,
  options: { readonly verbose: boolean },
): string {
  const lines: string[] = [];
  for (const { server, database, codes } of groupFindings(findings, options)) {
    if (lines.length > 0) lines.push('');
    lines.push(
      `  ${palette.bold(database === null ? serverTitle[server] : `${serverTitle[server]}, database ${database}`)}`,
    );
    for (const group of codes) lines.push(...renderCode(group, palette, options));
  }
  return lines.map(line => `${line}\n`).join('');
}

function renderCode(group: readonly Finding[], palette: Palette, { verbose }: { readonly verbose: boolean }): string[] {
  const { shown, hidden } = verbose ? { shown: group, hidden: 0 } : fold(group, foldAbove);
  const lines = shown.flatMap((finding, index) => {
    const sameRemedy = index > 0 && finding.remedy === shown[index - 1]?.remedy;
    return renderFinding(finding, palette, { withRemedy: !sameRemedy });
  });
  if (hidden > 0)
    lines.push(
      `      ${palette.dim(`${andMore(hidden, 'finding')} of ${group[0]?.code ?? ''} (--verbose shows all)`)}`,
    );
  return lines;
}

function renderFinding(finding: Finding, palette: Palette, { withRemedy }: { readonly withRemedy: boolean }): string[] {
  const about = namesObject(finding) ? '' : `${finding.object ?? ''}: `;
  const lines = [`  ${symbol(finding, palette)} ${palette.bold(finding.code)} ${about}${oneLine(finding.message)}`];
  if (finding.severity === 'ok') return lines;
  if (
    finding.current !== null &&
    finding.required !== null &&
    !(finding.message.includes(finding.current) && finding.message.includes(finding.required))
  ) {
    lines.push(`      now ${oneLine(finding.current)}, needed ${finding.required.replaceAll('\n', '; ')}`);
  }
  if (finding.status === 'change') {
    lines.push(
      `      ${palette.dim(finding.step === undefined ? 'pgm does this' : `pgm does this: step ${finding.step}`)}`,
    );
  } else if (finding.remedy !== null && withRemedy) {
    const [first = '', ...rest] = finding.remedy.trimEnd().split('\n');
    lines.push(`      ${palette.cyan('to do:')} ${first}`, ...rest.map(line => `             ${line}`));
  }
  return lines;
}

function namesObject(finding: Finding): boolean {
  return (
    finding.object === undefined ||
    finding.message.includes(finding.object) ||
    finding.message.includes(finding.object.split('.').at(-1) ?? finding.object)
  );
}

/** What the marks before the findings mean, of those that are shown: one line. */
export function marksOf(
  findings: readonly Finding[],
  palette: Palette,
  options: { readonly verbose: boolean },
): readonly string[] {
  const shown = groupFindings(findings, options).flatMap(({ codes }) => codes.flat());
  const used = new Map(shown.map(finding => [symbol(finding, palette), meaningOf(finding)] as const));
  return used.size === 0 ? [] : [`  ${[...used].map(([mark, meaning]) => `${mark} ${meaning}`).join('   ')}`];
}

function meaningOf({ severity, status }: Finding): string {
  if (status === 'change' && (severity === 'warning' || severity === 'info')) return 'pgm does it';
  const meanings = { error: 'must be fixed first', warning: 'read before you go on', info: 'note', ok: 'in order' };
  return meanings[severity];
}

function symbol(finding: Finding, palette: Palette): string {
  switch (finding.severity) {
    case 'error':
      return palette.red('✗');
    case 'warning':
      return finding.status === 'change' ? palette.yellow('~') : palette.yellow('!');
    case 'info':
      return finding.status === 'change' ? palette.yellow('~') : palette.blue('i');
    case 'ok':
      return palette.green('✓');
  }
}
