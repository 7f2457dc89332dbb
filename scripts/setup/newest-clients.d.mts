/** Folder of the newest client programs; it exists only where set-up could unpack them. */
export function newestClientsBin(): string;
/** Unpacks them once; where that cannot be done it says so and goes on. */
export function unpackNewestClients(): void;
