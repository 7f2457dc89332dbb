/** SQLSTATEs that pgm acts on, by their names in PostgreSQL's errcodes.txt. */
export const sqlstate = {
  connectionExceptionClass: '08',
  protocolViolation: '08P01',
  invalidAuthorization: '28000',
  invalidPassword: '28P01',
  invalidCatalogName: '3D000',
  insufficientPrivilege: '42501',
  featureNotSupported: '0A000',
  invalidParameterValue: '22023',
  undefinedTable: '42P01',
  undefinedColumn: '42703',
  syntaxError: '42601',
  activeTransaction: '25001',
  undefinedObject: '42704',
  undefinedSchema: '3F000',
  wrongObjectType: '42809',
  duplicateObject: '42710',
  duplicateDatabase: '42P04',
  duplicateSchema: '42P06',
  duplicateTable: '42P07',
  objectInUse: '55006',
  objectNotInPrerequisiteState: '55000',
  lockNotAvailable: '55P03',
  serializationFailure: '40001',
  deadlockDetected: '40P01',
  foreignKeyViolation: '23503',
  uniqueViolation: '23505',
  tooManyConnections: '53300',
  diskFull: '53100',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  crashShutdown: '57P02',
  cannotConnectNow: '57P03',
  idleInTransactionTimeout: '25P03',
} as const;

const passing: ReadonlySet<string> = new Set([
  sqlstate.serializationFailure,
  sqlstate.deadlockDetected,
  sqlstate.lockNotAvailable,
  sqlstate.tooManyConnections,
  sqlstate.adminShutdown,
  sqlstate.crashShutdown,
  sqlstate.cannotConnectNow,
  sqlstate.idleInTransactionTimeout,
]);

const passingSystemErrors: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);

/** True for an error code (SQLSTATE or system) that may pass by itself: worth another try. */
export function mayPass(code: string | undefined): boolean {
  if (code === undefined) return false;
  return passing.has(code) || passingSystemErrors.has(code) || isConnectionException(code);
}

export function isConnectionException(code: string | undefined): boolean {
  return code?.length === 5 && code.startsWith(sqlstate.connectionExceptionClass);
}
