interface Outcome {
  readonly kind: 'passed' | 'blocked' | 'failed';
  readonly codes?: readonly string[];
  readonly message?: string;
}

interface Result {
  readonly versions: readonly [from: string, to: string];
  readonly continuous: Outcome;
  readonly failback: Outcome;
  readonly dump: Outcome;
}

interface Matrix {
  readonly cells: readonly string[];
  readonly results: Readonly<Record<string, Result>>;
}

export declare function matrixLines(matrix: Matrix): readonly string[];
export declare function matrixPage(matrix: Matrix, findings: string): string;
export declare function resultsOfPage(page: string): Readonly<Record<string, Result>>;
