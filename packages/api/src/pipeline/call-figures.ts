import { DurationHistogram, type MetricSource, type Sample } from '@headgate/metrics';
import type { Authorized } from './authorize.js';
import { STAGES } from './call.js';
import type { RecordInput } from './record-input.js';
import { RouteLabels } from './route-label.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'other'] as const;
const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;
const MOST_SERVICES = 200;
const MOST_APPS = 200;
/** Combinations of service, app and route that have counters of their own; what comes later is counted under `other`. */
const MOST_ROUTES = 5_000;
const OTHER = 'other';
const NOBODY = 'none';

/** Calls of one service by app, route, method and class of status, and how long they took. */
class ServiceFigures {
  readonly durations = new DurationHistogram();
  readonly apps = new Map<string, Map<string, Float64Array>>();
}

export interface CallFiguresOptions {
  /** `PROMETHEUS_INCLUDE_SYSTEM_REQUESTS`: counts calls of the service `system` too. */
  readonly includeSystem: boolean;
}

/** What this process has done since it started: plain numbers while calls run, metrics when somebody asks. */
export class CallFigures {
  readonly #includeSystem: boolean;
  readonly #labels = new RouteLabels();
  readonly #services = new Map<string, ServiceFigures>();
  readonly #refusals = new Map<string, number>();
  readonly #stageMs = new Float64Array(STAGES.length);
  readonly #stageCalls = new Float64Array(STAGES.length);
  #databaseMs = 0;
  #waitingMs = 0;
  #bytes = 0;
  #routes = 0;

  constructor({ includeSystem }: CallFiguresOptions) {
    this.#includeSystem = includeSystem;
  }

  /** `ms`: of the whole call. */
  count({ call, received, caller, authorized, sent }: RecordInput, ms: number): void {
    this.#bytes += sent.bytes;
    this.#databaseMs += call.databaseMs;
    this.#waitingMs += call.waitingMs;
    let before = 0;
    const { marks } = call;
    for (let index = 0; index < marks.length; index++) {
      // A call that ended early went from where it was to `respond` at once.
      const stage = index === marks.length - 1 ? STAGES.length - 1 : index;
      this.#stageMs[stage]! += marks[index]! - before;
      this.#stageCalls[stage]!++;
      before = marks[index]!;
    }
    if (sent.outcome.kind === 'refusal') {
      const { reason } = sent.outcome.error;
      this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1);
    }
    const isSystem = isSystemService(authorized);
    if (isSystem && !this.#includeSystem) return;
    const service = this.#service(authorized);
    service.durations.observe(ms);
    const hasNames = sent.status < 400 && (isSystem || isUserService(authorized));
    const route = authorized === undefined || received === undefined ? OTHER : this.#labels.of(received.route.path, hasNames);
    const counts = this.#counts(service, caller?.app?.name ?? NOBODY, route);
    const method = METHODS.indexOf(call.method as (typeof METHODS)[number]);
    const digit = Math.min(4, Math.max(0, Math.floor(sent.status / 100) - 1));
    counts[(method < 0 ? METHODS.length - 1 : method) * CLASSES.length + digit]!++;
  }

  get metrics(): readonly MetricSource[] {
    const seconds = 'headgate_request_duration_seconds';
    const counterOf = (name: string, help: string, value: () => number): MetricSource => ({
      name,
      help,
      type: 'counter',
      read: () => [{ value: value() }],
    });
    return [
      {
        name: 'dreamfactory_api_requests_total',
        help: 'Calls of the API by service, route, method, app and class of status.',
        type: 'counter',
        read: () => this.#requests(),
      },
      { name: seconds, help: 'How long calls took, by service.', type: 'histogram', read: () => this.#durations(seconds) },
      {
        name: 'headgate_stage_seconds_total',
        help: 'Time that calls spent in each stage.',
        type: 'counter',
        read: () => byStage(this.#stageMs, 1000),
      },
      {
        name: 'headgate_stage_calls_total',
        help: 'Calls that came to the end of each stage.',
        type: 'counter',
        read: () => byStage(this.#stageCalls, 1),
      },
      {
        name: 'headgate_refusals_total',
        help: 'Calls that were refused, by the reason of the error.',
        type: 'counter',
        read: () => [...this.#refusals].map(([reason, value]) => ({ labels: { reason }, value })),
      },
      counterOf('headgate_response_bytes_total', 'Bytes of bodies sent.', () => this.#bytes),
      counterOf('headgate_database_seconds_total', 'Time that calls had a connection of a database.', () => this.#databaseMs / 1000),
      counterOf(
        'headgate_waiting_seconds_total',
        'Time that calls waited for a connection, or for the proof of their configuration.',
        () => this.#waitingMs / 1000,
      ),
    ];
  }

  #service(authorized: Authorized | undefined): ServiceFigures {
    const name = authorized === undefined ? OTHER : authorized.kind === 'root' ? '' : authorized.service.target.name;
    return this.#services.get(name) ?? this.#added(this.#services.size < MOST_SERVICES ? name : OTHER);
  }

  #added(name: string): ServiceFigures {
    const figures = this.#services.get(name) ?? new ServiceFigures();
    this.#services.set(name, figures);
    return figures;
  }

  #counts({ apps }: ServiceFigures, app: string, route: string): Float64Array {
    const known = apps.get(app)?.get(route);
    if (known !== undefined) return known;
    if (this.#routes >= MOST_ROUTES && route !== OTHER) return this.#counts({ apps } as ServiceFigures, OTHER, OTHER);
    const name = apps.has(app) || apps.size < MOST_APPS ? app : OTHER;
    const routes = apps.get(name) ?? new Map<string, Float64Array>();
    apps.set(name, routes);
    let counts = routes.get(route);
    if (counts === undefined) {
      counts = new Float64Array(METHODS.length * CLASSES.length);
      routes.set(route, counts);
      this.#routes++;
    }
    return counts;
  }

  *#requests(): Iterable<Sample> {
    for (const [service, { apps }] of this.#services) {
      for (const [app, routes] of apps) {
        for (const [uri, counts] of routes) {
          for (let index = 0; index < counts.length; index++) {
            const value = counts[index]!;
            if (value === 0) continue;
            const method = METHODS[Math.floor(index / CLASSES.length)]!;
            yield { labels: { service, uri, method, app, status: CLASSES[index % CLASSES.length]! }, value };
          }
        }
      }
    }
  }

  *#durations(name: string): Iterable<Sample> {
    for (const [service, { durations }] of this.#services) yield* durations.samples(name, { service });
  }
}

const typeOf = (authorized: Authorized | undefined) => (authorized?.kind === 'service' ? authorized.service.target.type : undefined);
const isSystemService = (authorized: Authorized | undefined) => typeOf(authorized) === 'system';
const isUserService = (authorized: Authorized | undefined) => typeOf(authorized) === 'user';

function byStage(values: Float64Array, unit: number): Sample[] {
  return STAGES.map((stage, index) => ({ labels: { stage }, value: values[index]! / unit }));
}
