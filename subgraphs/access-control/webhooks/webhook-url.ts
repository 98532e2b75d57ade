import { badInput } from '../../../shared/errors/coded-error';
import {
  isPublicAddress,
  literalAddress,
  NotPublic,
  type ResolveHost,
  resolvePublicly,
} from './public-address';

export interface UrlRules {
  /** Whether `http:` and private addresses are allowed. */
  allowPrivate: boolean;
  resolve: ResolveHost;
}

/** As many as the column takes. */
const MAX_LENGTH = 2_048;

/** What a name server says of a name that has no address; anything else says that it was not told. */
const NO_SUCH_NAME: readonly unknown[] = ['ENOTFOUND', 'ENODATA', 'EBADNAME'];

/**
 * Reads the address that events are to be posted to, and answers it as it is stored. Throws `BAD_USER_INPUT` where it is
 * none, has a login in it, or is not public. A name that no name server tells anything of at the moment passes: each
 * delivery asks again.
 */
export async function parseWebhookUrl(text: string, path: string, rules: UrlRules): Promise<string> {
  const scheme = rules.allowPrivate ? /^https?:$/ : /^https:$/;
  if (!URL.canParse(text) || !scheme.test(new URL(text).protocol)) {
    throw badInput(path, 'url', 'must be an address that begins with https://');
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw badInput(path, 'url', 'must not have a login in it; the signature says who sends');
  }
  if (url.hash !== '') throw badInput(path, 'url', 'must not have a fragment');
  // Written out, a character may be nine.
  if (url.href.length > MAX_LENGTH) throw badInput(path, 'url', `must have ${MAX_LENGTH} characters at most`);
  if (rules.allowPrivate) return url.href;

  const literal = literalAddress(url);
  if (literal !== null) {
    if (!isPublicAddress(literal)) throw notPublic(path);
    return url.href;
  }
  try {
    await resolvePublicly(rules.resolve, url.hostname);
  } catch (error) {
    if (error instanceof NotPublic) throw notPublic(path);
    if (NO_SUCH_NAME.includes((error as NodeJS.ErrnoException).code)) {
      throw badInput(path, 'publicHost', 'has a host that does not exist');
    }
  }
  return url.href;
}

function notPublic(path: string) {
  return badInput(path, 'publicHost', 'must have a host with public addresses alone');
}
