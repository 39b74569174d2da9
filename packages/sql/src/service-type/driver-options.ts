/** What the stored driver options of a service mean here (database-services.md 1.2). */
export interface DriverOptions {
  readonly connectTimeoutMs: number | undefined;
  readonly sslMode: string | undefined;
  readonly sslCa: string | undefined;
  readonly sslCert: string | undefined;
  readonly sslKey: string | undefined;
  readonly sslVerify: boolean | undefined;
  /** Names without effect. */
  readonly unknown: readonly string[];
}

type OptionName = Exclude<keyof DriverOptions, 'unknown'>;

/** Names of our own, and PHP's constants with their numbers. */
const NAMES: Readonly<Record<string, OptionName>> = {
  connect_timeout: 'connectTimeoutMs',
  attr_timeout: 'connectTimeoutMs',
  '2': 'connectTimeoutMs',
  sslmode: 'sslMode',
  ssl_ca: 'sslCa',
  mysql_attr_ssl_ca: 'sslCa',
  '1009': 'sslCa',
  ssl_cert: 'sslCert',
  mysql_attr_ssl_cert: 'sslCert',
  '1008': 'sslCert',
  ssl_key: 'sslKey',
  mysql_attr_ssl_key: 'sslKey',
  '1007': 'sslKey',
  ssl_verify: 'sslVerify',
  mysql_attr_ssl_verify_server_cert: 'sslVerify',
  '1014': 'sslVerify',
};

const LONGEST_TIMEOUT_SECONDS = 300;

export function readDriverOptions(options: Readonly<Record<string, string | number | boolean | null>> | undefined): DriverOptions {
  const found: Partial<Record<OptionName, string>> = {};
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(options ?? {})) {
    const name =
      NAMES[
        key
          .trim()
          .toLowerCase()
          .replace(/^\\?pdo::/, '')
      ];
    if (name === undefined) unknown.push(key);
    else if (value !== null && value !== '') found[name] = String(value);
  }
  const seconds = Number(found.connectTimeoutMs);
  return {
    connectTimeoutMs: seconds > 0 ? Math.min(seconds, LONGEST_TIMEOUT_SECONDS) * 1_000 : undefined,
    sslMode: found.sslMode,
    sslCa: found.sslCa,
    sslCert: found.sslCert,
    sslKey: found.sslKey,
    sslVerify: found.sslVerify === undefined ? undefined : !/^(0|false|no|off)$/i.test(found.sslVerify),
    unknown,
  };
}
