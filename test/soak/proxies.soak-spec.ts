import { describeSilence } from '../production/silent-streams.contract.js';

// With the gateway's defaults and the limit that most proxies have.
describeSilence({ limitSeconds: 60, prefillSeconds: 75, pauseSeconds: 90 });
