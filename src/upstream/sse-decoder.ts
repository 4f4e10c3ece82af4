const NEWLINE = 0x0a;
const CARRIAGE_RETURN = '\r';

/**
 * Decodes server-sent events to their data, read by read, cut anywhere. Bytes up to a read's last newline are decoded at
 * once and split by indexOf: no character is ever cut, none is looked at twice.
 *
 * Leniencies: CRLF; `data:` with and without a space; a bare JSON line without a field name (LMDeploy's proxy).
 */
export class SseDecoder {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private data: string | null = null;

  /**
   * @param onData gets the data of each event
   * @param maxLineBytes longest line that is waited for
   */
  constructor(
    private readonly onData: (data: string) => void,
    private readonly maxLineBytes: number,
  ) {}

  /** @throws RangeError when a line is longer than allowed */
  push(bytes: Buffer): void {
    const end = bytes.lastIndexOf(NEWLINE);
    if (end < 0) {
      this.hold(bytes);
      return;
    }
    const head = bytes.subarray(0, end + 1);
    const text =
      this.pendingBytes === 0
        ? head.toString('utf8')
        : Buffer.concat([...this.pending, head]).toString('utf8');
    this.pending = [];
    this.pendingBytes = 0;
    if (end + 1 < bytes.length) this.hold(bytes.subarray(end + 1));
    this.splitLines(text);
  }

  /** The stream is over: a last line without newline and an event without blank line count too. */
  end(): void {
    if (this.pendingBytes > 0) {
      const rest = Buffer.concat(this.pending).toString('utf8');
      this.pending = [];
      this.pendingBytes = 0;
      this.readLine(rest);
    }
    this.dispatch();
  }

  private hold(bytes: Buffer): void {
    this.pendingBytes += bytes.length;
    if (this.pendingBytes > this.maxLineBytes) throw new RangeError('The line is too long.');
    this.pending.push(bytes);
  }

  private splitLines(text: string): void {
    let start = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', start)) {
      this.readLine(text.slice(start, at));
      start = at + 1;
    }
  }

  private readLine(raw: string): void {
    const line = raw.endsWith(CARRIAGE_RETURN) ? raw.slice(0, -1) : raw;
    if (line === '') this.dispatch();
    else if (line.startsWith('data:')) this.addData(line.slice(line.charCodeAt(5) === 0x20 ? 6 : 5));
    else if (line.startsWith('{')) this.addData(line);
  }

  private addData(data: string): void {
    this.data = this.data === null ? data : `${this.data}\n${data}`;
  }

  private dispatch(): void {
    if (this.data === null) return;
    const data = this.data;
    this.data = null;
    this.onData(data);
  }
}
