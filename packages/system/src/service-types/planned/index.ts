import type { ServiceType } from '@headgate/core';
import { cacheTypes } from './caches.js';
import { databaseTypes } from './databases.js';
import { fileTypes } from './files.js';
import { messageTypes } from './mail-and-messages.js';
import { remoteTypes } from './remote.js';
import { signOnTypes } from './sign-on.js';

/** Types that are to be served one day: they have their forms, store configurations, and answer calls with 501. */
export const plannedServiceTypes: readonly ServiceType[] = Object.freeze([
  ...databaseTypes,
  ...fileTypes,
  ...messageTypes,
  ...remoteTypes,
  ...cacheTypes,
  ...signOnTypes,
]);
