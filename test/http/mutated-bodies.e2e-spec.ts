import { describeMutatedBodies } from './mutated-bodies.contract.js';

// 36,000 in test/soak.
describeMutatedBodies({ count: 1_000 });
