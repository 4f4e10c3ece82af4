import { streamedError } from './api-error.js';
import type { Fault } from './choose-fault.js';
import type { Exchange } from './exchange.js';
import type { FrameWriter } from './frame-writer.js';
import { hang, pause } from './pause.js';

/** Lets a stream go wrong at this place; true when that was the end of it. */
export async function streamFault(fault: Fault, exchange: Exchange, write: FrameWriter): Promise<boolean> {
  switch (fault.name) {
    case 'cut':
      // What was written must leave before the socket goes, else the client would see no stream at all.
      await pause(0, exchange.signal);
      exchange.destroy(false);
      return true;
    case 'hang-midstream':
      return hang(exchange.signal);
    case 'eof':
      exchange.res.end();
      return true;
    case 'midstream':
      await write(streamedError('Injected failure.'));
      await write('data: [DONE]\n\n');
      exchange.res.end();
      return true;
    case 'proxy-error':
      await write('{"error_code":10402,"text":"Failed to reach the model server."}\n');
      exchange.res.end();
      return true;
    case 'malformed':
      await write('data: {"id": "chatcmpl-broken", "choices": [{"index": 0, "delta": {\n\n');
      return false;
    default:
      return false;
  }
}
