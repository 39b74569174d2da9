export { type ApiParts, createApi } from './app.js';
export { type InjectedRequest, type InjectedResponse, inject } from './inject.js';
export { createLogger, type LoggerSettings, loggerSettings, type ProcessLogger } from './logging/logger.js';
export { type RunningApi, startApi } from './main.js';
export type { ApiRules, FoundService, PipelineParts, Received, Services } from './pipeline/parts.js';
export { Recorder } from './pipeline/record.js';
export { Room } from './pipeline/room.js';
export { createApiServer } from './server.js';
export { systemDatabaseOptions } from './settings/system-database.js';
