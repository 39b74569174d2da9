import type { Dialect } from '../dialect/dialect.js';
import { mysqlCapabilities } from './capabilities.js';
import { compile } from './compile.js';
import { connectProblem } from './connect-problem.js';
import { classify } from './errors.js';
import { introspect } from './introspect.js';
import { decode, encode } from './types.js';

export const mysql: Dialect = Object.freeze({
  name: 'mysql',
  capabilities: mysqlCapabilities,
  compile,
  encode,
  decode,
  introspect,
  classify,
  connectProblem,
});
