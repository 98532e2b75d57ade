import { Type } from 'class-transformer';
import { ArrayMaxSize, IsBoolean, IsUUID, Matches, ValidateNested } from 'class-validator';
import { Optional, SystemKey, Text } from '../../../shared/input/rules';

const MAX_CLUBS_A_CALL = 100;
const MAX_PROVIDERS = 20;
const PROVIDER = /^[a-z][a-z0-9_-]{0,31}$/;
const PROVIDER_RULE = 'must be a name in lower case, such as "stripe" or "golfrsa"';

class SclConfig {
  @SystemKey()
  code!: string;
}

class TeeTimeConfig {
  @ArrayMaxSize(MAX_CLUBS_A_CALL, { message: `must have at most ${MAX_CLUBS_A_CALL} clubs` })
  @IsUUID('loose', { each: true, message: 'each must be a UUID' })
  clubIds!: string[];
}

class MessagingConfig {
  @SystemKey()
  tenantId!: string;
}

class CrmConfig {
  @IsBoolean()
  enabled!: boolean;
}

class PaymentsConfig {
  @ArrayMaxSize(MAX_PROVIDERS, { message: `must have at most ${MAX_PROVIDERS} providers` })
  @Matches(PROVIDER, { each: true, message: `each ${PROVIDER_RULE}` })
  providers!: string[];
}

class AssociationConfig {
  @Matches(PROVIDER, { message: PROVIDER_RULE })
  provider!: string;

  @Optional()
  @Text(64)
  memberId?: string | null;
}

/**
 * What to write into a tenant's registry entry. A part that is absent leaves its columns as they are; a part that is
 * given enables its system. Source: ADR-0003, `TenantProvisionConfig`.
 */
export class TenantProvisionConfig {
  @Optional()
  @ValidateNested()
  @Type(() => SclConfig)
  scl?: SclConfig | null;

  @Optional()
  @ValidateNested()
  @Type(() => TeeTimeConfig)
  teeTime?: TeeTimeConfig | null;

  @Optional()
  @ValidateNested()
  @Type(() => MessagingConfig)
  messaging?: MessagingConfig | null;

  @Optional()
  @ValidateNested()
  @Type(() => CrmConfig)
  crm?: CrmConfig | null;

  @Optional()
  @IsBoolean()
  billing?: boolean | null;

  @Optional()
  @ValidateNested()
  @Type(() => PaymentsConfig)
  payments?: PaymentsConfig | null;

  @Optional()
  @ValidateNested()
  @Type(() => AssociationConfig)
  association?: AssociationConfig | null;
}
