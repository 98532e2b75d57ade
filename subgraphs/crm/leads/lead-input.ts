import { Transform } from 'class-transformer';
import { IsBoolean, IsIn } from 'class-validator';
import { Email, IfGiven, Name, Optional, PhoneNumber, Text, Uuid } from '../../../shared/input/rules';
import { Moment } from '../input-rules';
import { type Lead, leadStatuses } from './lead.entity';

/**
 * What people write reaches its tenant: half a surrogate pair, such as a form leaves of an emoji at which it cuts a text off,
 * becomes U+FFFD instead of a reason to refuse the lead.
 */
function Mended(): PropertyDecorator {
  return Transform(({ value }) => (typeof value === 'string' ? value.toWellFormed() : value));
}

/** How to reach the person, and what they want. */
class LeadDetails {
  @Optional()
  @Email()
  email?: string | null;

  @Optional()
  @PhoneNumber()
  phoneNumber?: string | null;

  @Optional()
  @Name(100)
  firstName?: string | null;

  @Optional()
  @Name(100)
  lastName?: string | null;

  @Optional()
  @Name(200)
  company?: string | null;

  @Optional()
  @Mended()
  @Text(5_000)
  message?: string | null;
}

/** What the public says; which tenant it is for is read apart. */
export class SubmitLeadRules extends LeadDetails {
  @Optional()
  @Text(100)
  source?: string | null;

  @Optional()
  @Text(200)
  utmSource?: string | null;

  @Optional()
  @Text(200)
  utmMedium?: string | null;

  @Optional()
  @Text(200)
  utmCampaign?: string | null;

  @Optional()
  @Text(200)
  utmTerm?: string | null;

  @Optional()
  @Text(200)
  utmContent?: string | null;

  @Optional()
  @IsBoolean()
  consentGiven?: boolean | null;

  @Moment()
  consentAt?: Date | null;

  @Optional()
  @Text(100)
  formVersion?: string | null;

  @Optional()
  @Text(128)
  idempotencyKey?: string | null;
}

/** What tells people from machines. The honeypot has no rules: a broken one would give it away. */
export class LeadProofRules {
  website?: string | null;

  @Moment()
  formOpenedAt?: Date | null;

  @Optional()
  @Text(8_000)
  captchaToken?: string | null;
}

export class UpdateLeadRules extends LeadDetails {
  @IfGiven()
  @IsIn(leadStatuses)
  status?: Lead['status'];

  @Optional()
  @Uuid()
  customerId?: string | null;
}

export class LeadFilterRules {
  @Optional()
  @IsIn(leadStatuses)
  status?: Lead['status'] | null;

  @Optional()
  @Text(100)
  source?: string | null;

  @Optional()
  @Text(200)
  text?: string | null;
}
