import { describeDrain } from '../production/drain.contract.js';

describeDrain({ streams: 50, rounds: 20 });
