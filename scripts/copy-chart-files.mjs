// node scripts/copy-chart-files.mjs: a chart takes no files from outside of it, so it has copies of these. A test compares them.
import { copyFileSync } from 'node:fs';
import path from 'node:path';

const DEPLOY = path.join(import.meta.dirname, '../deploy');
for (const file of ['prometheus/alerts.yaml', 'grafana/gateway-dashboard.json']) {
  copyFileSync(
    path.join(DEPLOY, file),
    path.join(DEPLOY, 'helm/responses-gateway/files', path.basename(file)),
  );
}
