import type { SystemResource } from '@headgate/core';
import { passwordResource } from './password-resource.js';
import { profileResource } from './profile-resource.js';
import { registerResource } from './register-resource.js';
import { sessionResource } from './session-resource.js';
import type { SignOnParts } from './sign-on-parts.js';

/** The resources by which people log in and keep their own accounts. */
export interface SignOn {
  readonly userSession: SystemResource;
  readonly adminSession: SystemResource;
  readonly userPassword: SystemResource;
  readonly adminPassword: SystemResource;
  readonly userProfile: SystemResource;
  readonly adminProfile: SystemResource;
  readonly register: SystemResource;
}

export function createSignOn(parts: SignOnParts): SignOn {
  return {
    userSession: sessionResource(parts, 'user'),
    adminSession: sessionResource(parts, 'admin'),
    userPassword: passwordResource(parts, 'user'),
    adminPassword: passwordResource(parts, 'admin'),
    userProfile: profileResource(parts, 'user'),
    adminProfile: profileResource(parts, 'admin'),
    register: registerResource(parts),
  };
}
