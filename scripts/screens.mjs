#!/usr/bin/env node
// Takes pictures of a report as people see it: narrow and wide, light and dark.
//   node scripts/screens.mjs report.html [FOLDER]
// Needs chromium on PATH (CHROMIUM names another); writes FOLDER/report-{400,1280}-{light,dark}.png, by default into
// .tmp/screens.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , report, folder = '.tmp/screens'] = process.argv;
if (report === undefined) throw new Error('node scripts/screens.mjs report.html [FOLDER]');
const chromium = process.env.CHROMIUM ?? 'chromium';
mkdirSync(folder, { recursive: true });
const frame = resolve(join(folder, 'frame.html'));

// Chromium makes no window narrower than 500 pixels, so the narrow one is framed.
for (const width of [400, 1280])
  for (const [scheme, number] of [
    ['light', 1],
    ['dark', 0],
  ]) {
    const page = pathToFileURL(resolve(report)).href;
    writeFileSync(
      frame,
      `<!doctype html><style>body{margin:0}iframe{border:0;width:${width}px;height:3000px}</style><iframe src="${page}"></iframe>`,
    );
    execFileSync(
      chromium,
      [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--hide-scrollbars',
        '--allow-file-access-from-files',
        `--blink-settings=preferredColorScheme=${number}`,
        `--window-size=${Math.max(width, 500)},3000`,
        `--screenshot=${resolve(join(folder, `report-${width}-${scheme}.png`))}`,
        width < 500 ? pathToFileURL(frame).href : page,
      ],
      { stdio: 'ignore', timeout: 60_000 },
    );
  }
rmSync(frame);
