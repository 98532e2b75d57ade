import { type CleanedEnv, cleanEnv, str } from 'envalid';
import { between, httpUrl } from './setting-validators';
import { StartError } from './start-error';

/** Where a captcha's answer is verified, as reCAPTCHA, hCaptcha and Turnstile do it. */
export interface CaptchaSettings {
  url: string;
  secret: string;
}

/** What a lead of the public must pass, and by what names it finds its tenant. */
export interface PublicLeadSettings {
  /** Seconds that a person needs at least to fill in a form; 0 where nobody asks. */
  minFillSeconds: number;
  /** `null` where the public needs no captcha. */
  captcha: CaptchaSettings | null;
  /** Days for which a lead still finds its tenant by a slug that the tenant had before; 0 where it does not. */
  slugAliasDays: number;
}

/** The environment variables of public leads, with their rules. */
export const publicLeadVariables = {
  LEAD_MIN_FILL_SECONDS: between(0, 3_600)({ default: 2 }),
  CAPTCHA_VERIFY_URL: httpUrl({ default: undefined }),
  CAPTCHA_SECRET: str({ default: undefined }),
  SLUG_ALIAS_DAYS: between(0, 3_650)({ default: 180 }),
};

/** Throws a `StartError` when a captcha has an address without a secret, or a secret without an address. */
export function publicLeadSettings(values: CleanedEnv<typeof publicLeadVariables>): PublicLeadSettings {
  const { CAPTCHA_VERIFY_URL: url, CAPTCHA_SECRET: secret } = values;
  if (!url !== !secret) {
    const [there, missing] = url
      ? ['CAPTCHA_VERIFY_URL', 'CAPTCHA_SECRET']
      : ['CAPTCHA_SECRET', 'CAPTCHA_VERIFY_URL'];
    throw new StartError(`Wrong setting: ${missing}: is needed beside ${there}; set both or none`);
  }
  return {
    minFillSeconds: values.LEAD_MIN_FILL_SECONDS,
    captcha: url && secret ? { url, secret } : null,
    slugAliasDays: values.SLUG_ALIAS_DAYS,
  };
}

/** What leads of the public must pass where nothing is set. */
export const defaultPublicLeads: PublicLeadSettings = publicLeadSettings(cleanEnv({}, publicLeadVariables));
