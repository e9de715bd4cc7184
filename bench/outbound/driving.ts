/** What the driver is told. Requests go to the paths in turn. */
export interface PublishOrder {
  port: number;
  paths: string[];
  key: string;
  body: string;
  total: number;
  connections: number;
  /** Without one, as fast as answers come. */
  ratePerSecond?: number | undefined;
}

/** What came of it, by the place of each request. Times are those of `monotonicMs`. */
export interface Published {
  /** The ids that a request was answered with, separated by spaces; empty when it was refused. */
  ids: string[];
  sentAt: Float64Array;
  acceptedAt: Float64Array;
  startedAt: number;
  endedAt: number;
  refused: number;
  firstRefusal: string;
}
