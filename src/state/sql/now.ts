/** Unix time in seconds. */
export const nowInSeconds = (): number => Math.floor(Date.now() / 1_000);
