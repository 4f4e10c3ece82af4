import { styleText } from 'node:util';
import { levels } from 'pino';
import { ERROR_TABLE } from '../errors/error-table.js';

type Line = Record<string, unknown>;
type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

const WARN = 40;
const ERROR = 50;
/** Fields that are shown in a place of their own, or tell nothing on a terminal. */
const SHOWN_ELSEWHERE = new Set(['level', 'time', 'pid', 'hostname', 'context', 'msg', 'err']);
const ID_LENGTH = 12;
/** Clients choose names: they must not speak to the terminal. */
// eslint-disable-next-line no-control-regex -- as said
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** A line of the log, as pino writes it, for the eye. Its error is told on lines below. */
export function prettyLine(line: Line, hasColours: boolean): string {
  const paint: Paint = hasColours
    ? (style, plain) => styleText(style, plain, { validateStream: false })
    : (_style, text) => text;
  const isRequest = 'request_id' in line;
  const parts = isRequest ? requestParts(line, paint) : messageParts(line, paint);
  const shown = parts.filter((part) => part !== '').join('  ');
  return [`${paint('dim', timeOf(line))}  ${shown}`, ...errorLines(line, isRequest)].join('\n');
}

/** Such as `200  POST /v1/responses  some-model  1.24s (first 83ms)  12 -> 5 tokens  completed  req_68a0f1c2`. */
function requestParts(line: Line, paint: Paint): string[] {
  const status = Number(line.status);
  const style = Number(line.level) >= ERROR ? 'red' : status >= 400 ? 'yellow' : 'green';
  const first = line.first_output_ms === undefined ? '' : ` (first ${duration(line.first_output_ms)})`;
  const tokens =
    line.output_tokens === undefined
      ? ''
      : `${text(line.input_tokens)} -> ${text(line.output_tokens)} tokens`;
  return [
    paint(style, String(status)),
    `${text(line.method)} ${text(line.path)}`.trim(),
    paint('bold', text(line.model)),
    `${duration(line.duration_ms)}${first}`,
    tokens,
    text(line.outcome),
    line.warnings === undefined ? '' : paint('yellow', `warning: ${text(line.warnings)}`),
    paint('dim', text(line.request_id).slice(0, ID_LENGTH)),
  ];
}

function messageParts(line: Line, paint: Paint): string[] {
  const level = Number(line.level);
  const style = level >= ERROR ? 'red' : level >= WARN ? 'yellow' : 'cyan';
  const others = Object.entries(line).filter(([name]) => !SHOWN_ELSEWHERE.has(name));
  return [
    paint(style, levels.labels[level]?.toUpperCase() ?? String(level)),
    paint('dim', text(line.context)),
    text(line.msg),
    ...others.map(([name, value]) => `${name}=${text(value)}`),
  ];
}

/** Why a request failed is told by the other side mostly: where it is a fault of this program, or of nobody's request, the stack tells more. */
function errorLines({ err, outcome }: Line, isRequest: boolean): string[] {
  if (err === undefined) return [];
  const { message, stack } = (typeof err === 'object' && err !== null ? err : { message: err }) as Line;
  const told = isRequest && outcome !== ERROR_TABLE.internal_error.code ? message : (stack ?? message);
  return (typeof told === 'string' ? told : JSON.stringify(err))
    .split('\n')
    .map((part) => `    ${text(part)}`);
}

function timeOf({ time }: Line): string {
  return new Date(Number(time)).toTimeString().slice(0, 8);
}

function duration(milliseconds: unknown): string {
  const ms = Number(milliseconds);
  return ms < 1_000 ? `${Math.round(ms)}ms` : `${(ms / 1_000).toFixed(2)}s`;
}

function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  const shown = Array.isArray(value) ? value.join(', ') : value;
  return (typeof shown === 'string' ? shown : JSON.stringify(shown)).replace(CONTROL, ' ');
}
