import type { ServiceRequest } from './service-request.js';
import type { ServiceResponse } from './service-response.js';

/** One resource of the `system` or `user` service (`session`, `role`, `admin/password`); packages bring theirs, `system` mounts them. */
export interface SystemResource {
  /** As in the URL: `role`, `admin/session`. */
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** Answers a call. `path` is what follows the resource's name in the URL. */
  handle(request: ServiceRequest, path: readonly string[]): Promise<ServiceResponse>;
}
