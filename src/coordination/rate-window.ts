/** Length of what limits are counted over, s. */
export const WINDOW_S = 60;
