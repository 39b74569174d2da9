import { configurationPage } from './configuration-page.mjs';
import { envDist } from './env-dist.mjs';
import { errorsPage } from './errors-page.mjs';

/** The generated files by their path from the root. */
export function generatedPages() {
  return {
    '.env-dist': envDist(),
    'docs/configuration.md': configurationPage(),
    'docs/errors.md': errorsPage(),
  };
}
