import { describeUpstreamFaults } from './upstream-faults.contract.js';

describeUpstreamFaults({ rounds: 1 });
