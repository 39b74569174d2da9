/** What the `system` and `user` services must know of the installation; the programs fill it from the environment. */
export interface SystemSettings {
  readonly version: string;
  /** Under which the API is served: `/api` (`DF_API_ROUTE_PREFIX`). */
  readonly apiPrefix: string;
  /** `DF_INSTALL`. */
  readonly installType: string;
  /** `DF_LOGIN_ATTRIBUTE`. */
  readonly loginAttribute: 'email' | 'username';
  /** `DF_ALLOW_FOREVER_SESSIONS`. */
  readonly allowForeverSessions: boolean;
  /** `DB_MAX_RECORDS_RETURNED`. */
  readonly maxRecords: number;
  /** `DF_DB_TIME_FORMAT` and its likes; null where unset. */
  readonly formats: {
    readonly time: string | null;
    readonly date: string | null;
    readonly datetime: string | null;
    readonly timestamp: string | null;
  };
  /** `DF_LOOKUP_MODIFIERS`. */
  readonly lookupModifiers: readonly string[];
  /** `DF_MANAGED`. */
  readonly isHosted: boolean;
  /** `DF_IS_TRIAL`. */
  readonly isTrial: boolean;
  /** `APP_URL`: the address that clients use, without a slash at its end; undefined: that of the request. */
  readonly baseUrl: string | undefined;
  /** Shown to administrators on the system information page. */
  readonly debug: boolean;
  readonly logChannel: string;
  readonly logLevel: string;
  readonly logPath: string;
  readonly installPath: string;
  /** `CACHE_DRIVER`. */
  readonly cacheDriver: string;
  /** `DF_SQLITE_STORAGE`; shown where the system database is SQLite. */
  readonly sqliteStorage: string | undefined;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}

/**
 * The level that the installation tells clients: every feature belongs to it, and at GOLD the DreamFactory admin app shows each
 * service type once and locks nothing (docs/decisions/0003-licence-level.md).
 */
export const LICENCE_LEVEL = 'GOLD';
