/** Why a port cannot be had: the variable at fault, and what is wrong with it. */
const FAULTS: Record<string, ['host' | 'port', string]> = {
  EADDRINUSE: ['port', 'already in use by another process'],
  EACCES: ['port', 'permission denied'],
  EADDRNOTAVAIL: ['host', 'is not an address of this machine'],
  ENOTFOUND: ['host', 'is an unknown host name or address'],
  EAI_AGAIN: ['host', 'is an unknown host name or address'],
  EINVAL: ['host', 'cannot be listened on'],
};

type Setting = readonly [variable: string, value: string | number];

/** Says by the variable at fault why a server could not listen. @returns the error itself where that is not the reason */
export function listenFault(error: NodeJS.ErrnoException, port: Setting, host: Setting): Error {
  const [which, what] = FAULTS[error.code ?? ''] ?? [];
  if (which === undefined || what === undefined) return error;
  const [variable, value] = which === 'port' ? port : host;
  return new Error(`${variable}=${value}: ${what}`, { cause: error });
}
