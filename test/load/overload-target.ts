/** What is offered more than it can do. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** A service over the records of `data.sql`, and the key of an app that may read and create them. */
  readonly service: string;
  readonly key: string;
  /** CPU time of all workers so far, in microseconds. */
  cpu(): number;
  /** Follows whether a balancer sends them calls all the time. */
  watch(): Watch;
  close(): Promise<void>;
}

export interface Watch {
  /** `hasStayed`: no worker left the balancer, nor would have. The others say more of it. */
  stop(): Promise<{ readonly hasStayed: boolean } & Readonly<Record<string, number | boolean>>>;
}
