import type { Logger } from 'pino';
import { Agent, request } from 'undici';
import { logSeldom } from '../../../shared/log-seldom';
import { parseAddress } from '../../../shared/network-address';
import type { CaptchaSettings } from '../../../shared/public-lead-settings';

/** Asks a captcha's provider whether a person solved it. */
export interface Captcha {
  /** `false` also where the provider does not answer within three seconds, or answers anything strange. */
  isSolved(token: string, address: string | null): Promise<boolean>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 3_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Verifies as reCAPTCHA, hCaptcha and Turnstile do: a form with `secret`, `response` and `remoteip`, answered in JSON. */
export function createCaptcha({ url, secret }: CaptchaSettings, logger: Logger): Captcha {
  const dispatcher = new Agent({ connect: { timeout: TIMEOUT_MS }, maxResponseSize: MAX_ANSWER_BYTES });
  const logFailure = logSeldom((err, leftOut) =>
    logger.error({ err, leftOut }, 'captchas cannot be verified, so leads of the public are refused'),
  );

  async function verify(token: string, address: string | null): Promise<boolean> {
    const remoteip = parseAddress(address);
    const form = new URLSearchParams({ secret, response: token, ...(remoteip ? { remoteip } : {}) });
    const { statusCode, body } = await request(url, {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer: unknown = JSON.parse(await body.text());
    const isAnswer = typeof answer === 'object' && answer !== null && 'success' in answer;
    if (isAnswer && statusCode === 200) return answer.success === true;
    throw new Error(`The captcha's provider answered ${statusCode} without saying whether it was solved`);
  }

  return {
    isSolved: (token, address) =>
      verify(token, address).catch((error: unknown) => {
        logFailure(error);
        return false;
      }),
    close: () => dispatcher.destroy(),
  };
}
