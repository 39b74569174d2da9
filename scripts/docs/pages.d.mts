/** The generated files by their path from the root. */
export function generatedPages(): Record<string, string>;
