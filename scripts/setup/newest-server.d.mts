/** Folder of server and client programs of the newest major; it exists only where set-up could unpack them. */
export function newestServerBin(): string;
/** Unpacks them once; where that cannot be done it says so and goes on. */
export function unpackNewestServer(): void;
