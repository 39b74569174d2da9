import { fitsWildcard } from './wildcard.js';

/** Paths beyond this length fit no regular expression: it bounds what matching can cost. */
const LONGEST_PATH = 512;
const LONGEST_EXPRESSION = 200;
const MOST_REPETITIONS = 2;
const MOST_OPTIONALS = 4;

export type PathPattern = (path: string) => boolean;

/** The pattern of a rule's path (rest-core.md 3.9), or why it is refused. Paths are given with their leading slash. */
export function compilePath(path: string): PathPattern | { readonly problem: string } {
  return path.startsWith('^') ? compileExpression(path) : compileWildcard(path);
}

function compileWildcard(path: string): PathPattern {
  const pattern = path.startsWith('/') ? path.slice(1) : path;
  return (tested) => fitsWildcard(pattern, tested.startsWith('/') ? tested.slice(1) : tested);
}

function compileExpression(path: string): PathPattern | { readonly problem: string } {
  const problem = expressionProblem(path);
  if (problem !== undefined) return { problem };
  let expression: RegExp;
  try {
    // The anchor holds for every alternative: matching starts at one place only.
    expression = new RegExp(`^(?:${path.slice(1)})`, 'i');
  } catch {
    return { problem: 'The path is not a valid regular expression.' };
  }
  return (tested) => tested.length <= LONGEST_PATH && expression.test(tested.startsWith('/') ? tested : `/${tested}`);
}

/** Expressions whose matching could take more than a few steps per pair of characters are refused. */
function expressionProblem(path: string): string | undefined {
  if (path.length > LONGEST_EXPRESSION) return `A regular expression may have at most ${LONGEST_EXPRESSION} characters.`;
  const bare = path.replace(/\\[^1-9k]/g, 'x').replace(/\[[^\]]*\]/g, 'x');
  if (/\\[1-9k]|\(\?[=!<]/.test(bare)) return 'Back references and look-around are not allowed in the path.';
  if (/\)[*+{]/.test(bare)) return 'A group in the path must not be repeated.';
  if ((bare.match(/[*+]|\{\d/g) ?? []).length > MOST_REPETITIONS)
    return `The path may repeat at most ${MOST_REPETITIONS} times (*, +, {n}).`;
  if ((bare.match(/(?<!\()\?/g) ?? []).length > MOST_OPTIONALS) return `The path may have at most ${MOST_OPTIONALS} optional parts (?).`;
  return undefined;
}
