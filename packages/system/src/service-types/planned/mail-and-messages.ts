import type { ConfigField, ServiceType } from '@headgate/core';
import { eventMap, flag, host, integer, list, picklist, port, secret, text, userName } from './fields.js';
import { awsFields } from './files.js';
import { IN_SERVICE, planned, table } from './planned-type.js';

/** E-mail, notification, IoT and log services. */

const parameters: ConfigField = list(
  'parameters',
  'Parameters',
  [text('name', 'Name'), text('value', 'Value'), flag('active', 'Active', { default: true })],
  {
    description: 'Values for the placeholders of templates.',
  },
);

const ENVIRONMENTS = [
  ['Development', 'development'],
  ['Production', 'production'],
] as const;
const LEVELS = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'].map((level) => [level, level] as const);
const CONTEXTS = [
  ['Request (All)', '_request'],
  ['Request URI', 'request.uri'],
  ['Request Method', 'request.method'],
  ['Request Parameters', 'request.parameters'],
  ['Response (All)', '_response'],
  ['Response Status', 'response.status_code'],
  ['Event (All)', '_event'],
  ['User', '_user'],
  ['App', '_app'],
  ['Platform', '_platform'],
] as const;

export const messageTypes: readonly ServiceType[] = [
  planned(
    'local_email',
    'Local Email Service',
    'Email',
    'Local email service using system configuration.',
    table('local_email_config'),
    [],
  ),
  planned(
    'smtp_email',
    'SMTP',
    'Email',
    'SMTP-based email service.',
    table('smtp_config'),
    [
      host(),
      text('port', 'Port', { default: '587' }),
      text('encryption', 'Encryption', { description: 'tls, ssl or empty.' }),
      userName('username', 'Username'),
      secret('password', 'Password'),
      parameters,
    ],
    { destinationFields: ['host', 'port', 'encryption'] },
  ),
  planned('mailgun_email', 'Mailgun', 'Email', 'Mailgun email service.', table('cloud_email_config'), [
    text('domain', 'Mailgun Domain', { required: true }),
    secret('key', 'API Key', { required: true }),
    picklist('region_endpoint', 'Region', [
      ['Default', ''],
      ['Europe', 'eu'],
    ]),
    parameters,
  ]),
  planned('aws_ses', 'AWS SES', 'Email', 'Email service supporting AWS SES.', table('aws_config'), [...awsFields, parameters]),
  planned('aws_sns', 'AWS SNS', 'Notification', 'Push notification service supporting AWS SNS.', table('aws_config'), awsFields),
  planned('apns', 'Apple Push Notification', 'Notification', 'Apple Push Notification service.', IN_SERVICE, [
    { ...secret('certificate', 'Certificate', { required: true }), type: 'file_certificate' },
    secret('passphrase', 'Passphrase'),
    picklist('environment', 'Environment', ENVIRONMENTS, { required: true }),
    eventMap('Message'),
  ]),
  planned('gcm', 'FCM Push Notification', 'Notification', 'Firebase Cloud Messaging push notification service.', IN_SERVICE, [
    secret('api_key', 'API Key', { required: true }),
    picklist('environment', 'Environment', ENVIRONMENTS, { required: true }),
    eventMap('Message'),
  ]),
  planned(
    'mqtt',
    'MQTT Client',
    'IoT',
    'MQTT client based on Mosquitto.',
    table('mqtt_config'),
    [
      text('host', 'Broker Host', { required: true }),
      integer('port', 'Broker Port', { required: true, default: 1883 }),
      text('client_id', 'Client ID', { required: true }),
      text('username', 'Username'),
      secret('password', 'Password'),
      flag('use_tls', 'Use TLS'),
      text('capath', 'CA Path', { default: '/etc/ssl/certs' }),
    ],
    { destinationFields: ['host', 'port', 'use_tls'] },
  ),
  planned(
    'amqp',
    'AMQP Client',
    'IoT',
    'AMQP client.',
    table('amqp_config'),
    [host(), port(5672), text('username', 'Username'), secret('password', 'Password'), text('vhost', 'Virtual Host', { default: '/' })],
    { destinationFields: ['host', 'port'] },
  ),
  planned('logstash', 'Logstash', 'Log', 'Logstash service.', table('logstash_config'), [
    host(),
    integer('port', 'Port', { required: true, default: 12201 }),
    picklist(
      'protocol',
      'Protocol',
      [
        ['GELF (UDP)', 'gelf'],
        ['HTTP', 'http'],
        ['TCP', 'tcp'],
        ['UDP', 'udp'],
      ],
      { default: 'tcp' },
    ),
    {
      ...picklist('context', 'Log Context', CONTEXTS, { columns: 3, legend: 'Data objects', description: 'What is logged of an event.' }),
      type: 'multi_picklist',
    },
    list(
      'service_event_map',
      'Service Event',
      [
        { ...text('event', 'Event'), type: 'event_picklist' },
        picklist('level', 'Level', LEVELS, { default: 'INFO' }),
        text('message', 'Message'),
      ],
      {
        description: 'Events that are logged.',
      },
    ),
  ]),
];
