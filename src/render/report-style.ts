/** Of the report's page, within it: it is mailed, archived and printed by itself. */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2330; --soft: #5b6575; --line: #dfe3ea; --panel: #f6f7f9;
  --good: #14713d; --good-back: #e4f4ea; --bad: #b3261e; --bad-back: #fbe9e7; --warn: #8a5300; --warn-back: #fdf1dc;
  --bar: #2f6fb5; --bar-soft: #9dbfe3;
  --p0: #2f6fb5; --p1: #d2792b; --p2: #3f8f5f; --p3: #a34f9b; --p4: #b8a12a; --p5: #4aa3a8; --p6: #b5534f; --p7: #7a7f8a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181f; --ink: #e4e8ee; --soft: #9aa5b4; --line: #2c333e; --panel: #1c222b;
    --good: #6fd598; --good-back: #163424; --bad: #ff9a90; --bad-back: #431c19; --warn: #f2c069; --warn-back: #3b2b10;
    --bar: #6aa5e6; --bar-soft: #3a5f88;
    --p0: #6aa5e6; --p1: #e39a58; --p2: #6bbd8c; --p3: #c97fc2; --p4: #d6c254; --p5: #6fc4c9; --p6: #d97e7a; --p7: #9aa0ab;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 32px 24px 48px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 40px 0 12px; padding-bottom: 6px; border-bottom: 1px solid var(--line); }
p { margin: 6px 0; }
.soft, .note { color: var(--soft); }
.note { font-size: 13px; }
.verdict { display: inline-block; margin: 14px 0 0; padding: 6px 14px; border-radius: 6px; font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.verdict.good { background: var(--good-back); } .verdict.bad { background: var(--bad-back); } .verdict.warn { background: var(--warn-back); }
.servers { display: grid; grid-template-columns: 1fr auto 1fr; gap: 12px; align-items: center; margin: 20px 0 0; }
.servers > div { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; overflow-wrap: anywhere; }
.servers b { display: block; }
.servers .arrow { background: none; border: 0; padding: 0; font-size: 20px; color: var(--soft); }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0 0; padding: 0; list-style: none; }
.tiles li { flex: 1 0 auto; min-width: 112px; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; }
.tiles b { display: block; white-space: nowrap; font-size: 22px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--soft); font-size: 13px; }
.table { overflow-x: auto; margin: 8px 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; font-size: 13px; white-space: nowrap; }
th.n, td.n { text-align: right; white-space: nowrap; }
td.w { min-width: 260px; }
tfoot td { font-weight: 600; border-bottom: 0; }
td:last-child, th:last-child { padding-right: 0; }
ul.plain { margin: 8px 0; padding-left: 20px; }
ul.plain li { margin: 3px 0; overflow-wrap: anywhere; }
code { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.durations .row { display: grid; grid-template-columns: 150px 1fr 96px; gap: 12px; align-items: center; padding: 3px 0; }
.durations svg { width: 100%; height: 20px; display: block; background: var(--panel); border-radius: 4px; }
.durations .value { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar { fill: var(--bar); } .bar.cutover, .bar.failback { fill: var(--p1); } .bar.compare { fill: var(--p2); } .bar.close { fill: var(--p7); }
.pause { fill: var(--line); }
.key { width: 14px; height: 14px; vertical-align: -2px; border-radius: 3px; }
figure.lag { display: grid; grid-template-columns: auto 1fr; gap: 4px 8px; margin: 8px 0; }
figure.lag svg { width: 100%; height: 160px; background: var(--panel); border-radius: 4px; }
figure.lag .scale { display: flex; flex-direction: column; justify-content: space-between; text-align: right; font-size: 13px; color: var(--soft); }
figure.lag figcaption { grid-column: 2; display: flex; justify-content: space-between; gap: 12px; font-size: 13px; color: var(--soft); }
.area { fill: var(--bar-soft); opacity: 0.45; } .line { fill: none; stroke: var(--bar); stroke-width: 2; vector-effect: non-scaling-stroke; }
svg.stop { width: 100%; height: 28px; border-radius: 4px; display: block; }
.p0 { fill: var(--p0); } .p1 { fill: var(--p1); } .p2 { fill: var(--p2); } .p3 { fill: var(--p3); } .p4 { fill: var(--p4); } .p5 { fill: var(--p5); } .p6 { fill: var(--p6); } .p7 { fill: var(--p7); }
ul.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 10px 0 0; padding: 0; list-style: none; }
.sign { display: grid; grid-template-columns: repeat(3, 1fr); gap: 24px; margin-top: 56px; }
.sign div { border-top: 1px solid var(--ink); padding-top: 6px; color: var(--soft); font-size: 13px; }
footer { margin-top: 40px; color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
@media (max-width: 640px) {
  main { padding: 20px 16px 32px; }
  .servers { grid-template-columns: 1fr; } .servers .arrow { transform: rotate(90deg); justify-self: center; }
  .durations .row { grid-template-columns: 1fr auto; gap: 0 12px; } .durations svg { grid-column: 1 / -1; grid-row: 2; }
  .tiles b { font-size: 19px; } .tiles li { flex-basis: 40%; }
  td:first-child { min-width: 84px; max-width: 40vw; overflow-wrap: anywhere; }
  .sign { grid-template-columns: 1fr; gap: 48px; }
}
@media print {
  body { font-size: 12px; } main { padding: 0; max-width: none; }
  h2 { break-after: avoid; } tr, .row, figure, .tiles li { break-inside: avoid; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
`;
