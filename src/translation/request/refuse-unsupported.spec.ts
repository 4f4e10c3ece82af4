import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { refusalOf, translate } from '../../../test/support/translation.js';

describe('what would change the meaning of the answer if it were ignored', () => {
  it.each<[string, CreateResponseBody]>([
    ['background', { background: true }],
    ['previous_response_id', { previous_response_id: 'resp_0' }],
    ['conversation', { conversation: 'conv_0' }],
    ['conversation', { conversation: { id: 'conv_0' } }],
    ['prompt', { prompt: { id: 'pmpt_0' } }],
  ])('should be refused: %s', (param, body) => {
    expect(refusalOf(() => translate(body))).toMatchObject({
      status: 400,
      code: 'unsupported_parameter',
      param,
    });
  });

  it.each<[CreateResponseBody]>([
    [{ background: false }],
    [{ background: null }],
    [{ previous_response_id: null }],
    [{ previous_response_id: '' }],
    [{ conversation: null }],
    [{ prompt: null }],
  ])('should be accepted where it says nothing: %j', (body) => {
    expect(translate(body).chat.messages).toHaveLength(1);
  });
});
