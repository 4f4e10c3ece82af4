import { ENVIRONMENT_VARIABLES } from './environment.js';
import { findMistyped } from './find-mistyped.js';
import { SIMULATOR_VARIABLES } from './simulator.environment.js';

const KNOWN = [...ENVIRONMENT_VARIABLES, ...SIMULATOR_VARIABLES];

describe('findMistyped', () => {
  it.each([
    ['UPSTREM_BASE_URL', 'UPSTREAM_BASE_URL'],
    ['UPSTREAM_URL', 'UPSTREAM_BASE_URL'],
    ['UPSTRAEM_BASE_ULR', 'UPSTREAM_BASE_URL'],
    ['upstream_base_url', 'UPSTREAM_BASE_URL'],
    ['API_KEY', 'API_KEYS'],
    ['APIKEYS', 'API_KEYS'],
    ['CONFIG_FILES', 'CONFIG_FILE'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['SIM_MODELL', 'SIM_MODEL'],
    ['SIM_SPEED', 'SIM_SEED'],
  ])('should take %s for %s', (name, meant) => {
    expect(findMistyped([name], KNOWN)).toEqual([{ name, meant }]);
  });

  it('should know all that there is', () => {
    expect(findMistyped(KNOWN, KNOWN)).toEqual([]);
  });

  it.each([
    'PATH',
    'HOME',
    'POST',
    'HOSTNAME',
    'INIT_CWD',
    'NODE_OPTIONS',
    'OPENAI_API_KEY',
    'npm_config_loglevel',
    'GATEWAY_PORT',
    'UPSTREAM_SERVICE_HOST',
    'UPSTREAM_PORT_80_TCP_ADDR',
    'UPSTREAM_PORT',
    'SIM_SERVICE_PORT_HTTP',
  ])('should leave %s to others', (name) => {
    expect(findMistyped([name], KNOWN)).toEqual([]);
  });
});
