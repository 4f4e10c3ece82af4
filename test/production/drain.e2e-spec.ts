import { describeDrain } from './drain.contract.js';

describeDrain({ streams: 50, rounds: 1 });
