import { describeDisconnects } from './disconnects.contract.js';

// What test/soak does with 200 of each kind.
describeDisconnects({ count: 20, atOnce: 10, isStrict: false });
