// A terminal's text as an SVG, with its colours.

const width = 96;
const [column, row] = [7.8, 18];
const colours = { 31: '#ff9a90', 32: '#6fd598', 33: '#f2c069', 34: '#6aa5e6', 36: '#6fc4c9' };

/** The lines of the demo that show what pgm is: what it plans, how an apply ends, what a cutover took. */
export function excerpt(text) {
  const lines = text.split('\n');
  return [
    ...part(lines, /^\$ pgm plan/, /^ {2}i /, 0),
    '',
    ...cut(lines, /^pgm will take these steps/, 12),
    '',
    '  […]',
    '',
    ...cut(lines, /^Plan: .* to run/, 7),
    '',
    ...part(lines, /^\$ pgm cutover/, /^\$ pgm cutover/, 1),
    ...steps(lines),
    '',
    ...lines.filter(line => /^Write stop: /.test(plainOf(line))).slice(0, 1),
    ...tail(lines),
  ];
}

const plainOf = line => line.replace(/\u001b\[[0-9;]*m/g, '');

/** From the first line that matches `first` up to, not with, the next that matches `last`. */
function part(lines, first, last, with_) {
  const from = lines.findIndex(line => first.test(plainOf(line)));
  const to = lines.findIndex((line, at) => at > from && last.test(plainOf(line)));
  return lines.slice(from, with_ === 1 ? from + 1 : to);
}

function cut(lines, first, count) {
  const from = lines.findIndex(line => first.test(plainOf(line)));
  return lines.slice(from, from + count);
}

function steps(lines) {
  const from = lines.findIndex(line => plainOf(line).startsWith('$ pgm cutover'));
  return lines
    .slice(from)
    .filter(line => /^✓ (shop|source)\/(verify|cutover)/.test(plainOf(line)))
    .slice(0, 2);
}

const tail = lines => ['', ...lines.filter(line => /^ {2}rows (written|arrived)/.test(plainOf(line)))];

/** @returns an SVG document; lines are cut at 96 columns */
export function picture(lines) {
  const height = lines.length * row + 56;
  const text = lines.map((line, at) => drawn(line, 52 + at * row)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width * column + 32} ${height}" role="img" aria-label="pgm plan, apply and cutover in a terminal">
<style>text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #e4e8ee; white-space: pre; }</style>
<rect width="100%" height="100%" rx="8" fill="#14181f"/>
<circle cx="20" cy="18" r="6" fill="#ff5f57"/><circle cx="40" cy="18" r="6" fill="#febc2e"/><circle cx="60" cy="18" r="6" fill="#28c840"/>
${text}
</svg>
`;
}

function drawn(line, y) {
  const spans = [];
  let [style, at] = [{}, 0];
  for (const piece of line.split(/(\u001b\[[0-9;]*m)/)) {
    const code = /^\u001b\[([0-9;]*)m$/.exec(piece)?.[1];
    if (code !== undefined) style = code.split(';').reduce(styled, style);
    else if (piece !== '') {
      const kept = [...piece].slice(0, Math.max(0, width - at)).join('');
      spans.push(
        `<tspan${attributes(style)}>${escaped(at + [...piece].length > width ? `${kept.slice(0, -1)}…` : kept)}</tspan>`,
      );
      at += [...piece].length;
      if (at > width) break;
    }
  }
  return spans.length === 0 ? '' : `<text x="16" y="${y}" xml:space="preserve">${spans.join('')}</text>`;
}

function styled(style, code) {
  if (code === '1') return { ...style, bold: true };
  if (code === '2') return { ...style, dim: true };
  if (code === '22') return { ...style, bold: false, dim: false };
  if (code === '0' || code === '') return {};
  if (code === '39') return { ...style, colour: undefined };
  return code in colours ? { ...style, colour: colours[code] } : style;
}

function attributes({ bold, dim, colour }) {
  return [
    bold ? ' font-weight="700"' : '',
    dim ? ' fill-opacity="0.6"' : '',
    colour === undefined ? '' : ` fill="${colour}"`,
  ].join('');
}

const escaped = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
