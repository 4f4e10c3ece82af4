import { checkLifecycle } from '../../../test/support/lifecycle-oracle.js';
import { translate } from '../../../test/support/translation.js';
import { emptyAnswer } from './empty-answer.js';

describe('emptyAnswer', () => {
  it('should be a whole answer without output', () => {
    const events = emptyAnswer(translate({ metadata: { a: 'b' } }).response, 1_795_337_550);
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { id: 'resp_1', completed_at: 1_795_337_550, output: [], metadata: { a: 'b' } },
    });
  });
});
