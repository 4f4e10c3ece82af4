// node scripts/nginx.mjs PORT GATEWAY…: deploy/nginx/nginx.conf in front of gateways that run here, e.g.
// node scripts/nginx.mjs 8080 127.0.0.1:8081 127.0.0.1:8082
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

const [port, ...gateways] = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), 'gateway-nginx-'));
// The workers of nginx are another user where root starts it, and keep large bodies there.
chmodSync(folder, 0o755);
const file = path.join(folder, 'nginx.conf');
writeFileSync(file, readConfiguration());

const nginx = spawn('nginx', ['-c', file, '-e', 'stderr', '-g', 'daemon off;'], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => nginx.kill(signal));
nginx.on('error', ({ message }) => {
  process.stderr.write(`nginx cannot be started: ${message}\n`);
  end(1);
});
nginx.on('exit', (code) => {
  end(code ?? 1);
});

/** What belongs to the container gives way: the port, the names of the replicas and who resolves them, the folder for files. */
function readConfiguration() {
  return readFileSync(path.join(import.meta.dirname, '../deploy/nginx/nginx.conf'), 'utf8')
    .replace(/listen \d+;/, `listen 127.0.0.1:${port};`)
    .replace(/resolver .*;/, '')
    .replace(/server \S+ resolve (.*);/, (_server, parameters) =>
      gateways.map((address) => `server ${address} ${parameters};`).join('\n    '),
    )
    .replaceAll('/tmp/', `${folder}/`);
}

function end(code) {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code;
}
