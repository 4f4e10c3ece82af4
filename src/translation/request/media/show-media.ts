import type { ModelProfile } from '../../../contracts/model-profile.js';
import type { ChatContentPart } from '../../../contracts/chat-completions.js';
import { readDataUrl } from './read-data-url.js';

const UNSEEN_IMAGE = '[An image was left out: this model cannot see images.]';
const UNSEEN_VIDEO = '[A video was left out: this model cannot see videos.]';
const UNHEARD_AUDIO = '[A sound was left out: this model cannot hear it.]';

/**
 * A part as the profile's server takes it. A model that cannot see or hear it is told that there was one.
 *
 * @param ignored gets the name of what was left out without the profile being told to
 */
export function showPart(
  part: ChatContentPart,
  { vision, audioPart, videoPart }: Pick<ModelProfile, 'vision' | 'audioPart' | 'videoPart'>,
  ignored: Set<string>,
): ChatContentPart {
  switch (part.type) {
    case 'image_url':
      return vision ? part : { type: 'text', text: UNSEEN_IMAGE };
    case 'video_url':
      if (vision && videoPart) return part;
      ignored.add('input:input_video');
      return { type: 'text', text: UNSEEN_VIDEO };
    case 'audio_url': {
      const shown = audioPart === 'input_audio' ? asData(part.audio_url.url) : part;
      if (audioPart && shown) return shown;
      ignored.add('input:input_audio');
      return { type: 'text', text: UNHEARD_AUDIO };
    }
    default:
      return part;
  }
}

/** OpenAI's form, which takes data alone. */
function asData(url: string): ChatContentPart | null {
  const sound = readDataUrl(url);
  if (!sound) return null;
  const subtype = sound.type.replace(/^audio\/(?:x-|vnd\.)?/, '');
  const format = subtype === 'mpeg' ? 'mp3' : subtype === 'wave' ? 'wav' : subtype;
  return { type: 'input_audio', input_audio: { data: sound.data, format } };
}
