import type { ChatContentPart, ChatRequest } from '../contracts/chat-completions.js';
import { refusesImages } from './media-refusal.js';
import { errorOfAnswer } from './upstream.errors.js';

const IMAGE: ChatContentPart = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } };
const asking = (...content: ChatContentPart[]): ChatRequest => ({
  model: 'm',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content },
  ],
});
const says = (message: string, status = 500) =>
  errorOfAnswer(JSON.stringify({ error: { message, code: status } }), { status });

describe('a model server that refuses images', () => {
  it.each([
    [500, 'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj'],
    [400, 'Qwen/Qwen3-0.6B is not a multimodal model'],
    [400, 'At most 0 image(s) may be provided in one prompt.'],
    [400, 'At most 0 image(s) may be provided in one request. Set `--limit-mm-per-prompt`'],
    [500, 'This model does not support image input.'],
    [422, "The model doesn't support images"],
    [400, 'Model does not support multimodal inputs'],
    [400, 'Invalid content type. image_url is only supported by certain models.'],
    [400, 'Failed to deserialize: unknown variant `image_url`, expected `text`'],
    [404, 'No endpoints found that support image input'],
    [500, 'this model is missing data required for image input'],
    [501, 'Vision is not supported by this model'],
    [500, 'The model cannot process images'],
    [500, 'Multimodal input is not enabled'],
    [500, 'vision is disabled for this model'],
    [400, 'Image inputs are not allowed: this is a text-only model'],
    [400, 'Qwen3-0.6B is a text-only model'],
    [400, 'Image input is not supported for this model'],
    [400, 'The image is not supported by this model'],
    [400, 'Unsupported content part type: image_url'],
    [422, "Unknown type 'image_url' of a part"],
    [400, "'image_url' is not supported"],
    [400, 'This endpoint does not support image_url content'],
  ])('should be a wrong value, and known for it: %d %s', (status, message) => {
    const error = says(message, status);
    expect(error).toMatchObject({ status: 400, code: 'unsupported_value', param: 'input' });
    expect(refusesImages(error, asking(IMAGE))).toBe(true);
  });

  it.each([
    'This model does not support image type image/tiff',
    'We do not support images larger than 20 MB',
    'Server does not support image URLs, send data',
    'The image is not supported: cannot identify image file',
    'At most 10 image(s) may be provided in one prompt.',
    'cannot load image',
    'Cannot process images of 0 bytes',
    'image upload is disabled',
    'Invalid image_url: cannot be fetched',
    'image_url is not supported in system messages',
    'Image inputs are not supported in tool messages',
    'Images are not allowed in the system message',
    'This API does not support image input in assistant messages',
    'temperature is not supported',
  ])('should not be known for %s', (message) => {
    for (const status of [400, 500]) {
      const error = says(message, status);
      expect(error.code).not.toBe('unsupported_value');
      expect(refusesImages(error, asking(IMAGE))).toBe(false);
    }
  });

  it('should refuse sounds and films likewise, which says nothing of images', () => {
    const error = says('audio input is not supported - hint: you may need to provide the mmproj');
    expect(error).toMatchObject({ status: 400, code: 'unsupported_value', param: 'input' });
    expect(refusesImages(error, asking(IMAGE))).toBe(false);
  });

  it('should have been sent an image', () => {
    const message = 'image input is not supported';
    expect(refusesImages(says(message), asking({ type: 'text', text: 'hi' }))).toBe(false);
  });

  it('should not only repeat what it was sent', () => {
    const error = says("No tool 'x is not a multimodal model' here", 400);
    const request = asking(IMAGE, { type: 'text', text: 'call x is not a multimodal model' });
    expect(refusesImages(error, request)).toBe(false);
  });

  it.each([401, 403, 429, 503])('should be taken by its status %d where that says more', (status) => {
    expect(says('image input is not supported', status).code).not.toBe('unsupported_value');
  });
});
