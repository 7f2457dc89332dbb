interface Entry {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
}

interface PackageLock {
  readonly packages: Readonly<Record<string, Entry>>;
}

export function problemsOfLockfile(lockfile: PackageLock): string[];
export function problemsOfSbom(
  sbom: { readonly bomFormat?: string; readonly components?: readonly { readonly purl?: string }[] },
  lockfile: PackageLock,
): string[];
