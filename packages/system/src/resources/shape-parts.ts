import type { Configuration, SystemDatabase } from '@headgate/system-db';
import type { EscalationGuard } from '../rights/escalation.js';
import type { ServiceTypeRegistry } from '../service-types/registry.js';
import type { SystemSettings } from '../settings.js';

/** What the records of the system service are made with. */
export interface ShapeParts {
  readonly db: SystemDatabase;
  /** The configuration last loaded. */
  readonly configuration: () => Configuration;
  readonly settings: SystemSettings;
  readonly guard: EscalationGuard;
  readonly types: ServiceTypeRegistry;
  /** Hashes a password or a security answer. */
  readonly hashPassword: (text: string) => Promise<string>;
}
