import { CodedError } from '../errors/coded-error';

/**
 * The token of a request's `Authorization` headers (RFC 6750), or `null` where there is none. Throws
 * `UNAUTHENTICATED` for several headers, another scheme, and what is no token; the words never repeat the header.
 */
export function bearerToken(headers: readonly string[] | undefined): string | null {
  if (headers === undefined || headers.length === 0) return null;
  if (headers.length > 1) throw malformed('There are several Authorization headers');
  const [header = ''] = headers;
  if (!/^bearer(\s|$)/i.test(header)) throw malformed('The Authorization header is not of the scheme Bearer');
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1];
  if (token === undefined) throw malformed('The Authorization header carries no token');
  return token;
}

function malformed(what: string): CodedError {
  return new CodedError('UNAUTHENTICATED', `${what}; send \`Authorization: Bearer\` and one token`);
}
