import { describeSilence } from './silent-streams.contract.js';

// In seconds what takes minutes in test/soak.
describeSilence({
  limitSeconds: 3,
  prefillSeconds: 4,
  pauseSeconds: 4,
  environment: {
    STREAM_START_TIMEOUT_MS: '300',
    KEEP_ALIVE_INTERVAL_MS: '300',
    WEBSOCKET_PING_INTERVAL_MS: '300',
  },
});
