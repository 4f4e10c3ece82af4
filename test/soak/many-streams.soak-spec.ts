import { describeManyStreams } from '../production/many-streams.contract.js';

describeManyStreams({ streams: 500, tokens: 200 });
