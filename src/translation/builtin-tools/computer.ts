import type { ComputerAction, ComputerCallItem, ScreenPoint } from '../../contracts/builtin-tools-api.js';
import { isObject, type RawObject } from '../../contracts/raw-object.js';
import { invalidRequest } from '../../errors/gateway-error.js';
import { nameOf, readText } from '../request/read-field.js';
import type { BuiltinTool } from './builtin-tool.js';
import { readStrings } from './read-values.js';

const DESCRIPTION =
  "Uses the mouse and the keyboard of the user's computer. Each call returns a screenshot; places are pixels of it, from its top left corner.";

const KEYS = { type: 'array', items: { type: 'string' } };
const BUTTONS = ['left', 'right', 'wheel', 'back', 'forward'] as const;

const ACTION = {
  type: 'object',
  properties: {
    type: {
      type: 'string',
      enum: ['click', 'double_click', 'drag', 'keypress', 'move', 'screenshot', 'scroll', 'type', 'wait'],
    },
    x: { type: 'integer', description: 'For click, double_click, move and scroll.' },
    y: { type: 'integer', description: 'For click, double_click, move and scroll.' },
    button: { type: 'string', enum: BUTTONS, description: 'For click.' },
    scroll_x: { type: 'integer', description: 'For scroll: pixels to the right.' },
    scroll_y: { type: 'integer', description: 'For scroll: pixels down.' },
    path: {
      type: 'array',
      items: {
        type: 'object',
        properties: { x: { type: 'integer' }, y: { type: 'integer' } },
        required: ['x', 'y'],
      },
      description: 'For drag: the places the mouse goes through.',
    },
    keys: { ...KEYS, description: 'For keypress: keys that are pressed at once, such as ["CTRL", "C"].' },
    text: { type: 'string', description: 'For type: what is typed.' },
  },
  required: ['type'],
  additionalProperties: false,
};

/** Several actions a call. */
export const COMPUTER: BuiltinTool = {
  kind: 'computer',
  name: 'computer',
  parameters: {
    type: 'object',
    properties: { actions: { type: 'array', items: ACTION, description: 'Done in this order.' } },
    required: ['actions'],
    additionalProperties: false,
  },
  needsVision: true,
  options: new Set(['type']),
  describe: () => DESCRIPTION,
};

/** The older form: one action a call. */
export const COMPUTER_PREVIEW: BuiltinTool = {
  kind: 'computer_use_preview',
  name: 'computer',
  parameters: ACTION,
  needsVision: true,
  options: new Set(['type', 'display_width', 'display_height', 'environment']),
  describe({ display_width, display_height, environment }, path) {
    const width = readPixels(display_width, `${path}.display_width`);
    const height = readPixels(display_height, `${path}.display_height`);
    const system = readText(environment, `${path}.environment`);
    return [
      DESCRIPTION,
      width !== null && height !== null && `The screen is ${width} by ${height} pixels.`,
      system !== '' && `It is a computer of the kind: ${system}.`,
    ]
      .filter((sentence) => sentence !== false)
      .join(' ');
  },
};

type Fields = Pick<ComputerCallItem, 'action' | 'actions'>;

/** @returns null for what is no list of actions; one alone is understood without its list */
export function readComputerActions(given: RawObject): Fields | null {
  const actions = actionsOf(given);
  return actions && { actions };
}

/** @returns null for what is not exactly one action */
export function readComputerAction(given: RawObject): Fields | null {
  const actions = actionsOf(given);
  const [action] = actions ?? [];
  return action && actions?.length === 1 ? { action } : null;
}

function actionsOf({ actions, action, ...rest }: RawObject): ComputerAction[] | null {
  const given: unknown[] = Array.isArray(actions) ? actions : [action ?? rest];
  const read = given
    .map((value) => (isObject(value) ? readAction(value) : null))
    .filter((known) => known !== null);
  return read.length > 0 && read.length === given.length ? read : null;
}

function readAction(given: RawObject): ComputerAction | null {
  const { type, text } = given;
  const point = readPoint(given);
  const keys = readStrings(given.keys);
  const held = keys && { keys };
  switch (type) {
    case 'click':
      return (
        point && { type, button: BUTTONS.find((name) => name === given.button) ?? 'left', ...point, ...held }
      );
    case 'double_click':
      return point && { type, ...point, keys };
    case 'move':
      return point && { type, ...point, ...held };
    case 'scroll':
      return (
        point && {
          type,
          ...point,
          scroll_x: distance(given.scroll_x),
          scroll_y: distance(given.scroll_y),
          ...held,
        }
      );
    case 'drag': {
      const path = readPath(given.path);
      return path && { type, path, ...held };
    }
    case 'keypress':
      return keys && { type, keys };
    case 'type':
      return typeof text === 'string' ? { type, text } : null;
    case 'screenshot':
    case 'wait':
      return { type };
    default:
      return null;
  }
}

function readPath(value: unknown): ScreenPoint[] | null {
  if (!Array.isArray(value)) return null;
  const points = value
    .map((place) => (isObject(place) ? readPoint(place) : null))
    .filter((known) => known !== null);
  return points.length > 1 && points.length === value.length ? points : null;
}

function readPoint({ x, y }: RawObject): ScreenPoint | null {
  return isNumber(x) && isNumber(y) ? { x: Math.round(x), y: Math.round(y) } : null;
}

function distance(value: unknown): number {
  return isNumber(value) ? Math.round(value) : 0;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function readPixels(value: unknown, path: string): number | null {
  if (value === undefined || value === null) return null;
  if (isNumber(value) && value > 0) return value;
  throw invalidRequest(path, `Expected a number of pixels, got ${nameOf(value)}.`);
}
