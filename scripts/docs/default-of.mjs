/** The fixed default of a setting as it would be written, or undefined. */
export function defaultOf(setting) {
  return setting.default === undefined ? undefined : setting.kind.write(setting.default);
}
