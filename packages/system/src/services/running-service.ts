import type {
  DescribedPath,
  EventPath,
  Logger,
  PoolState,
  Service,
  ServiceDescription,
  ServiceRequest,
  ServiceResponse,
  Verb,
} from '@headgate/core';
import { isVerb } from '@headgate/core';

/**
 * An instance of a service that is made on first use and, once retired, closes when the last call that runs in it has ended. A call
 * that took it before and comes late is still served.
 */
export class RunningService implements Service {
  readonly #make: () => Service;
  readonly #log: Logger;
  readonly #name: string;
  #instance: Service | undefined;
  #calls = 0;
  #isRetired = false;

  constructor(make: () => Service, log: Logger, name: string) {
    this.#make = make;
    this.#log = log;
    this.#name = name;
  }

  async handle(request: ServiceRequest): Promise<ServiceResponse> {
    const instance = this.#enter();
    try {
      return await instance.handle(request);
    } finally {
      this.#leave();
    }
  }

  async accessList(request: ServiceRequest): Promise<readonly string[]> {
    const instance = this.#enter();
    try {
      return (await instance.accessList?.(request)) ?? ['', '*'];
    } finally {
      this.#leave();
    }
  }

  async events(): Promise<readonly EventPath[]> {
    const instance = this.#enter();
    try {
      return (await instance.events?.()) ?? [];
    } finally {
      this.#leave();
    }
  }

  /** A service that does not describe itself is described by the paths that fire its events. */
  async describe(options: { readonly refresh: boolean }): Promise<ServiceDescription> {
    const instance = this.#enter();
    try {
      return (await instance.describe?.(options)) ?? { paths: ((await instance.events?.()) ?? []).map(pathOfEvents) };
    } finally {
      this.#leave();
    }
  }

  /** Asks nothing of the data source, and makes no instance where there is none. */
  get pool(): PoolState | undefined {
    return this.#instance?.pool;
  }

  /** Closes the instance as soon as nothing runs in it. */
  retire(): void {
    this.#isRetired = true;
    if (this.#calls === 0) this.#closeInstance();
  }

  async close(): Promise<void> {
    this.#isRetired = true;
    const instance = this.#instance;
    this.#instance = undefined;
    await instance?.close();
  }

  #enter(): Service {
    this.#instance ??= this.#make();
    this.#calls += 1;
    return this.#instance;
  }

  #leave(): void {
    this.#calls -= 1;
    if (this.#calls === 0 && this.#isRetired) this.#closeInstance();
  }

  #closeInstance(): void {
    const instance = this.#instance;
    this.#instance = undefined;
    instance
      ?.close()
      .catch((error: unknown) => this.#log.warn('a service could not be closed', { service: this.#name, error: String(error) }));
  }
}

function pathOfEvents({ path, verbs, parameters }: EventPath): DescribedPath {
  const [choice] = Object.entries(parameters ?? {});
  const known = verbs.map((verb) => verb.toUpperCase()).filter((verb): verb is Verb => isVerb(verb));
  return {
    segments: path === '' ? [] : path.split('.'),
    operations: known.map((verb) => ({
      verb,
      summary: `${verb} ${path === '' ? 'the service' : path.replaceAll('.', '/')}`,
      answer: 'object',
    })),
    ...(choice && { choice: { name: choice[0], values: choice[1] } }),
  };
}
