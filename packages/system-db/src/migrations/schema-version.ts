import { steps } from './steps.js';

/** The name of the last step of `migrate`: what `headgate_migrations` holds of an up-to-date database. */
export const schemaVersion: string = steps.at(-1)!.name;
