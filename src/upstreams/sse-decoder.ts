const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = 0xfeff;
const TOO_LONG = 'The event is too long.';

/**
 * Decodes server-sent events to their data, read by read, cut anywhere. Bytes up to a read's last line end are decoded at
 * once and split by indexOf: no character is ever cut, none is looked at twice.
 *
 * Lines end in LF, CRLF or CR, in any mixture. Leniencies: a byte order mark before any line; `data:` with and without a space; JSON
 * without a field name, in one line (LMDeploy's proxy) or printed over several.
 */
export class SseDecoder {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  /** The last read ended in a CR: a LF that comes next belongs to it. */
  private endedInReturn = false;
  private data: string | null = null;
  private dataLength = 0;
  private event: string | null = null;
  /** The data began without a field name: so do the lines that follow. */
  private isBare = false;

  /**
   * @param onData gets the data of each event, and the event's name where it has one
   * @param maxEventBytes longest event that is waited for
   * @param readAhead takes events of a known form out of whole lines, from the start of one on; returns where the first begins that it
   * leaves
   */
  constructor(
    private readonly onData: (data: string, event: string | null) => void,
    private readonly maxEventBytes: number,
    private readonly readAhead: (lines: string, start: number) => number = (_lines, start) => start,
  ) {}

  /** @throws RangeError when an event is longer than allowed */
  pushBytes(bytes: Buffer): void {
    let read = bytes;
    if (this.endedInReturn && bytes.length > 0) {
      this.endedInReturn = false;
      if (bytes[0] === LINE_FEED) read = bytes.subarray(1);
    }
    const end = endOfLines(read);
    if (end === 0) {
      this.hold(read);
      return;
    }
    const head = read.subarray(0, end);
    const text =
      this.pendingBytes === 0
        ? head.toString('utf8')
        : Buffer.concat([...this.pending, head]).toString('utf8');
    this.pending = [];
    this.pendingBytes = 0;
    this.endedInReturn = end === read.length && read[end - 1] === CARRIAGE_RETURN;
    if (end < read.length) this.hold(read.subarray(end));
    this.splitLines(text.includes('\r') ? text.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : text);
  }

  /** The stream is over: a last line without line end and an event without blank line count too. */
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
    if (bytes.length === 0) return;
    this.pendingBytes += bytes.length;
    if (this.dataLength + this.pendingBytes > this.maxEventBytes) throw new RangeError(TOO_LONG);
    this.pending.push(bytes);
  }

  private splitLines(text: string): void {
    let start = 0;
    while (start < text.length) {
      if (this.data === null && this.event === null) start = this.readAhead(text, start);
      const at = text.indexOf('\n', start);
      if (at < 0) break;
      this.readLine(text.slice(start, at));
      start = at + 1;
    }
  }

  private readLine(line: string): void {
    if (line === '') this.dispatch();
    else if (line.startsWith('data:')) this.addData(line.slice(line.charCodeAt(5) === 0x20 ? 6 : 5), false);
    else if (line.charCodeAt(0) === BYTE_ORDER_MARK) this.readLine(line.slice(1));
    else if (line.startsWith('event:')) this.event = line.slice(6).trim();
    else if (line.startsWith('{') || (this.isBare && !line.startsWith(':'))) this.addData(line, true);
  }

  private addData(data: string, isBare: boolean): void {
    if (isBare !== this.isBare) {
      if (this.data !== null) this.dispatch();
      this.isBare = isBare;
    }
    this.dataLength += data.length;
    if (this.dataLength > this.maxEventBytes) throw new RangeError(TOO_LONG);
    this.data = this.data === null ? data : `${this.data}\n${data}`;
  }

  private dispatch(): void {
    const { data, event } = this;
    this.event = null;
    if (data === null) return;
    this.data = null;
    this.dataLength = 0;
    this.isBare = false;
    this.onData(data, event);
  }
}

/** Where the last line ends that is whole; 0: nowhere. A CR is only looked for behind the last LF. */
function endOfLines(bytes: Buffer): number {
  const end = bytes.lastIndexOf(LINE_FEED) + 1;
  if (end === bytes.length) return end;
  return end + bytes.subarray(end).lastIndexOf(CARRIAGE_RETURN) + 1;
}
