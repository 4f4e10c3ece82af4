/** What the names of leases begin with that say that something was done, rather than that somebody is at it: they outlive the process. */
export const LASTING_LEASES = 'done:';
