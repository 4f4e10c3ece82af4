import { Socket } from 'node:net';

/** Whether somebody listens on that port of 127.0.0.1. */
export function isListening(port: number): Promise<boolean> {
  const socket = new Socket();
  return new Promise<boolean>((resolve) => {
    socket
      .once('connect', () => {
        resolve(true);
      })
      .once('error', () => {
        resolve(false);
      })
      .connect(port, '127.0.0.1');
  }).finally(() => socket.destroy());
}
