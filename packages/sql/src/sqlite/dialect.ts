import type { Dialect } from '../dialect/dialect.js';
import { sqliteCapabilities } from './capabilities.js';
import { compile } from './compile.js';
import { connectProblem } from './connect-problem.js';
import { classify } from './errors.js';
import { introspect } from './introspect.js';
import { decode, encode } from './types.js';

export const sqlite: Dialect = Object.freeze({
  name: 'sqlite',
  capabilities: sqliteCapabilities,
  compile,
  encode,
  decode,
  introspect,
  classify,
  connectProblem,
});
