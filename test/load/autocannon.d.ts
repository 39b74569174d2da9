/** The part of autocannon that the load test uses; the package brings no types. */
declare module 'autocannon' {
  interface Options {
    readonly url: string;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly requests?: readonly { readonly method?: string; readonly path?: string; readonly body?: string }[];
  }

  interface Result {
    readonly '2xx': number;
    readonly non2xx: number;
    readonly errors: number;
    readonly requests: { readonly sent: number; readonly total: number; readonly average: number };
    readonly latency: {
      readonly p50: number;
      readonly p97_5: number;
      readonly p99: number;
      readonly average: number;
      readonly max: number;
    };
  }

  export default function autocannon(options: Options): Promise<Result>;
}
