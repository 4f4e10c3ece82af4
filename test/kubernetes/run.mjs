// npm run test:kubernetes: renders the chart and the kustomizations, and holds what comes of it to the schemas of Kubernetes.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { preparePython } from '../support/prepare-python.mjs';

const GATEWAY_API = 'sigs.k8s.io/gateway-api@v1.4.1';

let python;
try {
  python = await preparePython(import.meta.dirname);
} catch (error) {
  process.stdout.write(`The manifests for Kubernetes are not checked: ${error.message}.\n`);
}
if (python !== undefined) {
  const arguments_ = [path.join(import.meta.dirname, 'check_manifests.py'), findGatewayApi()];
  process.exitCode = spawnSync(python, arguments_, { stdio: 'inherit' }).status ?? 1;
}

/** @returns {string} the folder of the Gateway API's resource definitions, out of Go's module cache; empty where that cannot be had */
function findGatewayApi() {
  const { stdout } = spawnSync('go', ['mod', 'download', '-json', GATEWAY_API], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    timeout: 60_000,
  });
  const { Dir: folder } = parse(stdout);
  if (folder === undefined)
    process.stdout.write(`No Go or no ${GATEWAY_API} here: HTTPRoutes are not checked.\n`);
  return folder === undefined ? '' : path.join(folder, 'config/crd/standard');
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
