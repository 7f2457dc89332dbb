import type { RealClient } from './ledger.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export function pgPool(at: () => Address): RealClient & { readonly heard: () => number };
export function knexPool(address: Address): RealClient;
export function postgresJs(address: Address): RealClient;
export function psycopg(python: string, address: Address): RealClient;
