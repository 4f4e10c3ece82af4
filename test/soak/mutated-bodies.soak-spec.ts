import { describeMutatedBodies } from '../http/mutated-bodies.contract.js';

describeMutatedBodies({ count: 36_000 });
