import type { HostList } from '../../../config/host-list.js';

/** What media of a request may be, by the settings. */
export interface MediaPolicy {
  hosts: HostList;
  /** Of one that is held as data, decoded. */
  maxBytes: number;
}
