import { describeManyRequests } from '../production/many-requests.contract.js';

describeManyRequests({ count: 100_000, strict: true });
