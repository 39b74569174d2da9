/** One thing that is wrong with the configuration. Never holds the value of a secret. */
export interface ConfigurationProblem {
  /** The name in the environment, or the file and line. */
  readonly name: string;
  readonly problem: string;
  /** What would be right. */
  readonly allowed: string;
}

/** The configuration cannot be used. Lists everything that is wrong, so that one start shows it all. */
export class ConfigurationError extends Error {
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    const lines = problems.map(({ name, problem, allowed }) => `  ${name} ${problem}. ${allowed}`);
    super(`The configuration cannot be used:\n${lines.join('\n')}`);
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}
