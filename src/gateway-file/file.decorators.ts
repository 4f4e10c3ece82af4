import { ValidateBy, ValidateIf } from 'class-validator';
import { parseUrl } from '../config/parse-url.js';
import { isObject } from '../contracts/raw-object.js';

/**
 * A key that may be left out. Unlike with `IsOptional`, what stands behind it must not be empty (null): that is a part of the file which
 * somebody has only half commented out.
 */
export const MayBeAbsent = (): PropertyDecorator =>
  ValidateIf((_entry: unknown, value: unknown) => value !== undefined);

const MCP_URL = /^https?:\/\/[^\s/?#@\\]+(?:[/?][^\s#\\]*)?$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

/** The URL of an MCP server; it may have a query, in which some carry a key. */
export const IsMcpUrl = (): PropertyDecorator =>
  holds(
    'isMcpUrl',
    (value) => typeof value === 'string' && MCP_URL.test(value) && parseUrl(value)?.username === '',
    'must be a URL like https://host/mcp, without user, password and fragment',
  );

/** Texts by name. */
export const HoldsTexts = (): PropertyDecorator =>
  holds('holdsTexts', (value) => areTexts(value, () => true), 'must be a mapping of names to texts');

/** What goes along with each request. */
export const IsHeaders = (): PropertyDecorator =>
  holds(
    'isHeaders',
    (value) => areTexts(value, (name, text) => HEADER_NAME.test(name) && HEADER_VALUE.test(text)),
    'must be a mapping of names of headers to texts',
  );

function areTexts(value: unknown, isRight: (name: string, text: string) => boolean): boolean {
  return (
    isObject(value) &&
    Object.entries(value).every(([name, text]) => typeof text === 'string' && isRight(name, text))
  );
}

function holds(name: string, validate: (value: unknown) => boolean, message: string): PropertyDecorator {
  return ValidateBy({ name, validator: { validate, defaultMessage: () => message } });
}
