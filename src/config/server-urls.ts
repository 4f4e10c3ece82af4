import { isURL, ValidateBy } from 'class-validator';
import { parseUrl } from './parse-url.js';

/** @returns the URLs of a list that commas separate */
export function readServerUrls(list: string): string[] {
  return list
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '');
}

/** Names a model server that has no name of its own. @param url a right one */
export const nameOfServer = (url: string): string => new URL(url).host;

/** The URL of a model server. User and password are refused, since nobody would send them, and so is a query. */
export const IsServerUrl = (): PropertyDecorator =>
  ValidateBy({
    name: 'isServerUrl',
    validator: { validate: isServerUrl, defaultMessage: () => `must be ${WANTED}` },
  });

/** The URLs of equal model servers, separated by commas. */
export const IsServerUrls = (): PropertyDecorator =>
  ValidateBy({
    name: 'isServerUrls',
    validator: {
      validate: (list: unknown) => findFault(list) === null,
      defaultMessage: (context) => findFault(context?.value) ?? '',
    },
  });

const WANTED = 'a URL like http://host:23333, without user, password and query';

function isServerUrl(url: unknown): boolean {
  return (
    typeof url === 'string' &&
    isURL(url, {
      require_tld: false,
      protocols: ['http', 'https'],
      require_protocol: true,
      allow_query_components: false,
      allow_fragments: false,
      disallow_auth: true,
    }) &&
    parseUrl(url) !== null
  );
}

function findFault(list: unknown): string | null {
  const urls = typeof list === 'string' ? readServerUrls(list) : [];
  if (urls.length === 0 || !urls.every(isServerUrl))
    return `must be ${WANTED}, or several, separated by commas`;
  const names = urls.map(nameOfServer);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? null : `names ${twice} twice; CONFIG_FILE can give its servers names`;
}
