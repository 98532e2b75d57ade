import type { Logger } from 'pino';
import { CodedError } from '../../../shared/errors/coded-error';
import type { PublicLeadSettings } from '../../../shared/public-lead-settings';
import type { SubgraphCall } from '../../../shared/subgraph/transport';
import { createCaptcha } from './captcha';
import { isFilledByMachine, leadNotAccepted } from './lead-rules';

/** What tells people from machines; none of it is kept. */
export interface LeadProofs {
  website?: string | null;
  formOpenedAt?: Date | null;
  captchaToken?: string | null;
}

/** Stands before everything that a lead sets in motion. */
export interface LeadGate {
  /**
   * Throws `LEAD_NOT_ACCEPTED` for a form that no person filled in, and `CAPTCHA_FAILED` where captchas are asked for
   * and none was solved. Services, who write for their own tenants, need no captcha.
   */
  admit(proofs: LeadProofs, call: Pick<SubgraphCall, 'address'> & { isService: boolean }): Promise<void>;
  close(): Promise<void>;
}

export function createLeadGate(settings: PublicLeadSettings, logger: Logger): LeadGate {
  const captcha = settings.captcha && createCaptcha(settings.captcha, logger);
  return {
    async admit(proofs, { isService, address }) {
      if (isFilledByMachine(proofs, settings.minFillSeconds, new Date())) throw leadNotAccepted();
      if (captcha === null || isService) return;
      const isSolved = proofs.captchaToken ? await captcha.isSolved(proofs.captchaToken, address) : false;
      if (!isSolved)
        throw new CodedError('CAPTCHA_FAILED', 'The captcha was not solved, or cannot be verified');
    },
    close: async () => captcha?.close(),
  };
}
