/** The server cannot start; the message is one plain line that says what to mend. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** The settings that the two came from. */
  readonly named: { readonly host: string; readonly port: string };
}

const reasons: Readonly<Record<string, (address: Listening) => string>> = {
  EADDRINUSE: ({ host, port, named }) => `${named.port} ${port} is taken on ${host}: stop the other server or set ${named.port}.`,
  EACCES: ({ port, named }) => `${named.port} is ${port}, which this user may not listen on: set ${named.port} to 1024 or more.`,
};

/** Why nothing can listen there, as the setting to mend. @param error what the system said */
export function listenError({ code = '', message }: NodeJS.ErrnoException, address: Listening): StartError {
  const { host, named } = address;
  const reason = reasons[code]?.(address)
    ?? `${named.host} is "${host}", but accepts a host name or an address. Nothing can listen on that one: it is not of this machine, or is not known (${code || message}).`;
  return new StartError(reason);
}
