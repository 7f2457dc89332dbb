import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeOutputs, writeSummary } from '../../src/ci/outputs.js';
import { annotationCommand } from '../../src/render/workflow-commands.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgm-outputs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('outputs of a step', () => {
  it('cannot set another one, whatever stands in them', () => {
    const file = join(folder, 'output');
    writeOutputs({ specs: 'a\nEOF\nchanges=true', goal: 'synced' }, { GITHUB_OUTPUT: file }, undefined);
    const text = readFileSync(file, 'utf8');
    const [, end = ''] = /^specs<<(.+)$/m.exec(text) ?? [];
    expect(text).toContain(`specs<<${end}\na\nEOF\nchanges=true\n${end}\n`);
    expect(end).toMatch(/^pgm_[0-9a-f-]{36}$/);
  });

  it('are variables in a dotenv file, a line each', () => {
    const file = join(folder, 'pgm.env');
    writeOutputs({ specs: 'a\nPGM_CHANGES=true' }, {}, file);
    expect(readFileSync(file, 'utf8')).toBe('PGM_SPECS=a PGM_CHANGES=true\n');
  });

  it('are kept nowhere where nobody asks for them', () => {
    writeOutputs({ changes: 'true' }, {}, undefined);
    writeSummary('text', {});
  });

  it('come with a summary that GitHub takes', () => {
    const file = join(folder, 'summary');
    writeSummary('x'.repeat(2_000_000), { GITHUB_STEP_SUMMARY: file });
    expect(readFileSync(file, 'utf8').length).toBeLessThanOrEqual(1_048_576);
  });
});

describe('an annotation', () => {
  it('is one command, whatever is named in it', () => {
    const text = annotationCommand({
      severity: 'error',
      title: 'PGM1,line=7::x',
      message: 'table "a\n::error::forged"\r100%',
      file: 'a,b:c.yaml',
      line: 3,
    });
    expect(text).toBe(
      '::error file=a%2Cb%3Ac.yaml,line=3,title=PGM1%2Cline=7%3A%3Ax::table "a%0A::error::forged"%0D100%25\n',
    );
  });
});
