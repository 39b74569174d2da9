/** The layers, from the bottom. */
export const LAYERS: readonly (readonly string[])[];
/** Every problem of the tree below `root`, as sentences. */
export function checkLayers(root: string): string[];
