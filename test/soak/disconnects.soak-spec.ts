import { describeDisconnects } from '../production/disconnects.contract.js';

describeDisconnects({ count: 200, atOnce: 20, isStrict: true });
