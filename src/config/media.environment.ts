import { IsHostList } from './host-list.js';
import { Bytes } from './variable.decorators.js';

/** Images, sound, video and files of requests. */
export class MediaEnvironment {
  /**
   * Hosts that image, audio and video URLs may name, separated by commas: `*` (any that is not private), a name, an address or
   * `.domain` (its subdomains), each with or without `:port`; a named one may be private. `none`: no URL but data.
   */
  @IsHostList()
  MEDIA_HOSTS: string = '*';

  /** Largest image, sound, video or file within a request, bytes as decoded. */
  @Bytes(1)
  MEDIA_MAX_BYTES: number = 20_971_520;
}
