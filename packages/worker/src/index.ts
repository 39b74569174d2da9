export { healthPort, type RunningWorker, startWorker, type WorkerParts } from './start-worker.js';
