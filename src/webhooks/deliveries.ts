/** An event on its way to one endpoint, whose secret is looked up at each attempt. */
export interface Delivery {
  /** Of the event. */
  id: string;
  /** Of the endpoint. */
  url: string;
  body: string;
}

/** Makes one attempt. @returns whether it is done with; else it is made again, unless it was the last */
export type Deliver = (delivery: Delivery, isLast: boolean) => Promise<boolean>;

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

/** ms before the second attempt, the third and so on: about 72 hours in all. */
export const PAUSES_MS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  ...[1, 2, 4, 8, 16, 16, 24].map((hours) => hours * HOUR),
];

/** What is under way, and is tried again until it has arrived. */
export abstract class Deliveries {
  abstract add(delivery: Delivery): Promise<void>;
}
