import { configurationPage } from './configuration-page.mjs';
import { differencesPage } from './differences-page.mjs';
import { envDist } from './env-dist.mjs';
import { errorsPage } from './errors-page.mjs';
import { recordedDifferences } from './recorded-differences.mjs';

/** The generated files by their path from the root. */
export function generatedPages() {
  return {
    '.env-dist': envDist(),
    'docs/configuration.md': configurationPage(),
    'docs/differences-from-dreamfactory.md': differencesPage(),
    'docs/errors.md': errorsPage(),
    // Kept, so that the page can be made where the corpus is not.
    'test/conformance/differs.json': `${JSON.stringify(recordedDifferences(), null, 2)}\n`,
  };
}
