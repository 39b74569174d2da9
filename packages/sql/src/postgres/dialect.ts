import type { Dialect } from '../dialect/dialect.js';
import { postgresCapabilities } from './capabilities.js';
import { compile } from './compile.js';
import { connectProblem } from './connect-problem.js';
import { classify } from './errors.js';
import { introspect } from './introspect.js';
import { decodeValue, encodeValue } from './types.js';

export const postgres: Dialect = Object.freeze({
  name: 'postgres',
  capabilities: postgresCapabilities,
  compile,
  encode: encodeValue,
  decode: decodeValue,
  introspect,
  classify,
  connectProblem,
});
