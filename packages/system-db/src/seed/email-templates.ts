/** The mails of a new installation. Placeholders in braces are filled in when a mail is sent. */
export interface SeededTemplate {
  readonly name: string;
  readonly description: string;
  readonly subject: string;
  readonly body_html: string;
  readonly from_name: string;
  readonly from_email: string;
  readonly reply_to_name: string;
  readonly reply_to_email: string;
}

const SENDER = {
  from_name: 'DO NOT REPLY',
  from_email: 'no-reply@dreamfactory.com',
  reply_to_name: 'DO NOT REPLY',
  reply_to_email: 'no-reply@dreamfactory.com',
};

function body(paragraphs: readonly string[]): string {
  return `<div style="padding: 10px;">\n${['Hi {first_name},', ...paragraphs].map((paragraph) => `  <p>${paragraph}</p>`).join('\n')}\n</div>`;
}

const LINK = '<a href="{link}">{link}</a>';

export const EMAIL_TEMPLATES = {
  invite: {
    name: 'User Invite Default',
    description: 'Email sent to invite new users to your {app_name} app.',
    subject: '[DF] New User Invitation',
    body_html: body([
      'You have been invited to the {app_name} app. Go to the following address, enter the code below, and set your password to confirm your account.',
      LINK,
      'Confirmation code: {confirm_code}',
      'Thanks!',
    ]),
    ...SENDER,
  },
  registration: {
    name: 'User Registration Default',
    description: 'Email sent to new users to complete registration.',
    subject: '[DF] Registration Confirmation',
    body_html: body([
      'You have registered an {app_name} account. Go to the following address, enter the code below, and set your password to confirm your account.',
      LINK,
      'Confirmation code: {confirm_code}',
      'Thanks!',
    ]),
    ...SENDER,
  },
  passwordReset: {
    name: 'Password Reset Default',
    description: 'Email sent to users following a password reset request.',
    subject: '[DF] Password Reset',
    body_html: body([
      'You have requested to reset your {app_name} password. Go to the following address, enter the code below, and set your new password.',
      LINK,
      'Confirmation code: {confirm_code}',
      'If you did not ask for this, ignore this mail: your password stays as it is.',
    ]),
    ...SENDER,
  },
} as const satisfies Record<string, SeededTemplate>;
