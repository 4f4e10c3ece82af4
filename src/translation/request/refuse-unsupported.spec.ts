import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { refusalOf, translate } from '../../../test/support/translation.js';

describe('what would change the meaning of the answer if it were ignored', () => {
  it.each<[string, CreateResponseBody]>([
    ['background', { background: true }],
    ['conversation', { conversation: 'conv_0' }],
    ['conversation', { conversation: { id: 'conv_0' } }],
  ])('should be refused: %s', (param, body) => {
    expect(refusalOf(() => translate(body))).toMatchObject({
      status: 400,
      code: 'unsupported_parameter',
      param,
    });
  });

  it('should be refused in the words that clients know, where it names a response', () => {
    expect(refusalOf(() => translate({ previous_response_id: "resp_'0" }))).toEqual({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
      message: "Previous response with id 'resp_'0' not found.",
    });
  });

  it.each<[CreateResponseBody]>([
    [{ background: false }],
    [{ background: null }],
    [{ previous_response_id: null }],
    [{ previous_response_id: '' }],
    [{ conversation: null }],
  ])('should be accepted where it says nothing: %j', (body) => {
    expect(translate(body).chat.messages).toHaveLength(1);
  });
});
