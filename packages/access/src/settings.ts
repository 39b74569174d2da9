/** The configuration that this package needs; the programs fill it from the environment (operations.md 6). */
export interface AccessSettings {
  /** `APP_KEY` as the literal text, prefix included: signs tokens where `jwtSecret` is missing. */
  readonly appKey: string;
  /** `APP_PREVIOUS_KEYS`: what they signed is still accepted. */
  readonly previousKeys: readonly string[];
  readonly jwtSecret?: string | undefined;
  /** `DF_JWT_TTL`, default 1440. */
  readonly jwtTtlMinutes: number;
  /** `DF_JWT_REFRESH_TTL`, default 20160; counted from the first login. */
  readonly jwtRefreshTtlMinutes: number;
  readonly allowForeverSessions: boolean;
  /** `DF_JWT_USER_CLAIM`: columns of `user` that become claims. */
  readonly jwtUserClaims: readonly string[];
  readonly jwtAlgorithm: 'HS256' | 'HS384' | 'HS512';
  /** `JWT_BLACKLIST_GRACE_PERIOD`: how long a refreshed token goes on, so that calls under way do not fail. */
  readonly blacklistGraceSeconds: number;
  readonly loginAttribute: 'email' | 'username';
  readonly passwordHash: 'argon2id' | 'bcrypt';
  /** Cost of new bcrypt hashes, at least 10. */
  readonly bcryptRounds: number;
  /** How many passwords are hashed at once; less than libuv's threads. Default 3. */
  readonly passwordConcurrency?: number | undefined;
  readonly lookupModifiers: readonly string[];
  /** 5 to 32. */
  readonly confirmCodeLength: number;
  readonly confirmCodeTtlSeconds: number;
  /** Scheme and host under which clients reach this installation, without a slash at the end. Never taken from a request. */
  readonly publicUrl: string;
  readonly confirmInviteUrl: string;
  readonly confirmRegisterUrl: string;
  readonly confirmResetUrl: string;
  /** `DF_API_ROUTE_PREFIX`, default `api`. */
  readonly apiRoutePrefix: string;
  /** The node's name, shown as `host` of a session. */
  readonly hostName: string;
  /** `APP_NAME`, the lookup `{df.name}`. */
  readonly appName: string;
  /** The lookup `{df.version}`. */
  readonly version?: string | undefined;
}
