import { parsePhoneNumberFromString } from 'libphonenumber-js';

/** Numbers without a country code are read as numbers of South Africa, where the platform's clubs are. */
const DEFAULT_REGION = 'ZA';

export function normaliseEmail(text: string): string {
  return text.trim().toLowerCase();
}

/** The number in E.164, or the text as it was when it is no possible number, so that validation can name it. */
export function toE164(text: string): string {
  const number = parsePhoneNumberFromString(text, DEFAULT_REGION);
  return number?.isPossible() ? number.number : text;
}
