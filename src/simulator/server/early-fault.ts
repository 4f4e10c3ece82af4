import { ApiError } from './api-error.js';
import type { Fault } from './choose-fault.js';
import type { Exchange } from './exchange.js';
import { hang } from './pause.js';

const HTML =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n';

/** Faults in place of an answer; true when the request is dealt with. */
export async function earlyFault(fault: Fault, exchange: Exchange): Promise<boolean> {
  switch (fault.name) {
    case 'reset':
      exchange.destroy(true);
      return true;
    case 'hang':
      return hang(exchange.signal);
    case 'html':
      exchange.send(502, 'text/html', HTML);
      return true;
    case 'empty':
      exchange.openStream();
      exchange.res.end();
      return true;
    default:
      return /^\d+$/.test(fault.name) ? failWith(Number(fault.name), exchange) : false;
  }
}

/** LMDeploy itself knows no 429; a proxy before it does, and says when to come back. */
function failWith(status: number, exchange: Exchange): true {
  if (status === 429 || status === 503) exchange.res.setHeader('retry-after', '1');
  throw ApiError.flat(status, `Injected failure ${status}.`);
}

/** What the stream's faults do to an answer that is not streamed; true when the request is dealt with. */
export async function bodyFault(fault: Fault, exchange: Exchange, body: string): Promise<boolean> {
  const half = body.slice(0, Math.ceil(body.length / 2));
  switch (fault.name) {
    case 'cut':
      exchange.res.writeHead(200, {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
      });
      exchange.res.write(half, () => {
        exchange.destroy(false);
      });
      return true;
    case 'hang-midstream':
      exchange.res.writeHead(200, { 'content-type': 'application/json' }).write(half);
      return hang(exchange.signal);
    case 'eof':
    case 'malformed':
      exchange.send(200, 'application/json', half);
      return true;
    case 'midstream':
      return failWith(500, exchange);
    case 'proxy-error':
      exchange.json(200, { error_code: 10402, text: 'Failed to reach the model server.' });
      return true;
    default:
      return false;
  }
}
