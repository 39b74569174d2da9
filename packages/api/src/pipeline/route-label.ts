const TEMPLATES: ReadonlyMap<string, readonly [string, string, string]> = new Map([
  ['_table', ['_table', '_table/{table_name}', '_table/{table_name}/{id}']],
  ['_schema', ['_schema', '_schema/{table_name}', '_schema/{table_name}/{field_name}']],
  ['_proc', ['_proc', '_proc/{procedure_name}', '_proc/{procedure_name}']],
  ['_func', ['_func', '_func/{function_name}', '_func/{function_name}']],
]);
const RESOURCE_NAME = /^[a-z_]{1,32}$/;
const MOST_NAMES = 64;

/**
 * Routes as labels of metrics: a fixed number of them, and never a word that a client chose. Names of the resources of `system` and `user` are
 * learnt from calls that were answered, since nothing but a resource answers.
 */
export class RouteLabels {
  readonly #names = new Map<string, string>();

  /** `hasNames`: the service is one of named resources, and answered without an error. */
  of(path: readonly string[], hasNames: boolean): string {
    const first = path[0];
    if (first === undefined) return '';
    const templates = TEMPLATES.get(first);
    if (templates !== undefined) return templates[Math.min(path.length, 3) - 1]!;
    if (!hasNames) return path.length === 1 ? '{resource}' : '{resource}/{id}';
    return path.length === 1 ? this.#name(first) : this.#below(first);
  }

  #name(first: string): string {
    const known = this.#names.get(first);
    if (known !== undefined) return first;
    if (!RESOURCE_NAME.test(first) || this.#names.size >= MOST_NAMES) return '{resource}';
    this.#names.set(first, `${first}/{id}`);
    return first;
  }

  #below(first: string): string {
    return this.#name(first) === first ? this.#names.get(first)! : '{resource}/{id}';
  }
}
