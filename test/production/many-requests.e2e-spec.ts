import { describeManyRequests } from './many-requests.contract.js';

// 100,000, and the bar, in test/soak.
describeManyRequests({ count: 2_000, strict: false });
