export interface ServerFacts {
  /** Of `postgres --describe-config`. */
  readonly settings: string;
  /** Of postgres.bki. */
  readonly catalogs: string;
}

interface TestResult {
  readonly name: string;
  readonly status: string;
  readonly message?: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[];
  }[];
}

export declare function changes(before: ServerFacts, now: ServerFacts): readonly string[];
export declare function failures(report: { readonly testResults: readonly TestResult[] }): {
  readonly passed: number;
  readonly lines: readonly string[];
};
