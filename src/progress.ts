/** How far a running step is. */
export interface Progress {
  readonly message?: string;
  readonly bytes?: { readonly done: number; readonly total: number };
  readonly rows?: number;
  readonly items?: { readonly done: number; readonly total: number; readonly unit: string };
  /** Bytes per second over the last seconds. */
  readonly rate?: number;
  /** Seconds left; null: not known yet. */
  readonly eta?: number | null;
  /** Whom a wait of more than a second is for: pid, age, query. */
  readonly waiting_for?: string;
}
