import type { SystemResource } from '@headgate/core';
import { answerList, UnsupportedVerb } from '@headgate/core';

/** `system/constant`: empty since long, kept for old clients. */
export const constantResource: SystemResource = {
  name: 'constant',
  label: 'Constants',
  description: 'Read-only listing of constants available for client use.',
  async handle(request, path) {
    if (request.verb !== 'GET' && request.verb !== 'HEAD') throw UnsupportedVerb(request.verb, 'constant', path.join('/'));
    return answerList([]);
  },
};
