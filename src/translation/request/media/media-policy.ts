import type { MediaHosts } from '../../../config/media-hosts.js';

/** What media of a request may be, by the settings. */
export interface MediaPolicy {
  hosts: MediaHosts;
  /** Of one that is held as data, decoded. */
  maxBytes: number;
}
