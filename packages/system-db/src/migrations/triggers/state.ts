/** What `headgate_migrations` holds where the triggers of this version are installed. A change of the rules raises its number. */
export const TRIGGERS_STEP = 'triggers_1';
