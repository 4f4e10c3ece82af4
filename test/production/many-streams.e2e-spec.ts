import { describeManyStreams } from './many-streams.contract.js';

// What test/soak does with 500.
describeManyStreams({ streams: 100, tokens: 200 });
