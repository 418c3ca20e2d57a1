/** HTTP as bytes on a connection, for what no client library would send. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Everything that comes back until the server ends the connection, or `until` is satisfied. */
export function exchangeRaw(base: string, write: (socket: Socket) => void, until: (text: string) => boolean = () => false): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => write(socket));
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += String(chunk);
      if (until(text)) socket.destroy();
    });
    socket.on('close', () => resolve(text));
    // A server that ends a connection early resets it: what came before counts.
    socket.on('error', (error: NodeJS.ErrnoException) => { if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error); });
  });
}

/** The answers in what came over a connection; bodies by their Content-Length. */
export function answersIn(text: string): RawAnswer[] {
  const found: RawAnswer[] = [];
  for (let rest = text; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n');
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
    const body = rest.slice(end + 4, end + 4 + Number(headers['content-length'] ?? 0));
    found.push({ status: Number(first.split(' ')[1]), headers, body });
    rest = rest.slice(end + 4 + body.length);
  }
  return found;
}
