import { describeUpstreamFaults } from '../production/upstream-faults.contract.js';

describeUpstreamFaults({ rounds: 10 });
