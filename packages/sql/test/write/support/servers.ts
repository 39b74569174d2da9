import * as shared from '../../../../../test/containers.js';

/** A database server for one test file. */
export interface TestServer {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
}

/** Undefined where no server is to be had, which is an error in CI. */
export async function postgresServer(): Promise<TestServer | undefined> {
  return serverOf(await shared.postgresServer());
}

/** Undefined where no server is to be had, which is an error in CI. */
export async function mariadbServer(): Promise<TestServer | undefined> {
  return serverOf(await shared.mariadbServer());
}

function serverOf(address: string | undefined): TestServer | undefined {
  if (address === undefined) return undefined;
  const { hostname, port, pathname, username, password } = new URL(address);
  return { host: hostname, port: Number(port), database: pathname.slice(1), username, password };
}
