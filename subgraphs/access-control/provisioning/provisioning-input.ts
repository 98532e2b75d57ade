import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, IsBoolean, IsIn, IsUUID, Matches, ValidateIf, ValidateNested } from 'class-validator';
import { Name, NewUuid, Optional, SystemKey, Text } from '../../../shared/input/rules';
import { IsTimezone } from '../../../shared/input/timezone';
import type { ProvisioningTemplate, TemplatePackKey } from '../graphql.generated';
import { IsSlug } from '../tenants/tenant-input';

const MAX_CLUBS_A_CALL = 100;
const FEW_CLUBS = { message: `must have at most ${MAX_CLUBS_A_CALL} clubs` };
const MAX_PROVIDERS = 20;
const PROVIDER = /^[a-z][a-z0-9_-]{0,31}$/;
const PROVIDER_RULE = 'must be a name in lower case, such as "stripe" or "golfrsa"';
const MESSAGING_PROVIDERS = ['sendgrid', 'twilio', 'internal'] as const;

class SclClubInput {
  @Name(200)
  name!: string;
}

class SclInput {
  @Optional()
  @SystemKey()
  code?: string | null;

  @Optional()
  @Name(200)
  name?: string | null;

  @Optional()
  @ArrayMaxSize(MAX_CLUBS_A_CALL, FEW_CLUBS)
  @ValidateNested()
  @Type(() => SclClubInput)
  clubs?: SclClubInput[] | null;
}

class TeeTimeClubInput {
  @SystemKey()
  clubCode!: string;

  @Name(200)
  name!: string;

  @Optional()
  @Name(200)
  location?: string | null;

  @Optional()
  @IsTimezone()
  timezone?: string | null;
}

class TeeTimeInput {
  @Optional()
  @ArrayMaxSize(MAX_CLUBS_A_CALL, FEW_CLUBS)
  @IsUUID('loose', { each: true, message: 'each must be a UUID' })
  @Transform(({ value }) => (Array.isArray(value) ? value.map((id) => String(id).toLowerCase()) : value))
  clubIds?: string[] | null;

  @Optional()
  @ArrayMaxSize(MAX_CLUBS_A_CALL, FEW_CLUBS)
  @ValidateNested()
  @Type(() => TeeTimeClubInput)
  clubs?: TeeTimeClubInput[] | null;
}

class MessagingInput {
  @Optional()
  @SystemKey()
  tenantId?: string | null;

  @Optional()
  @IsIn(MESSAGING_PROVIDERS, { message: `must be one of ${MESSAGING_PROVIDERS.join(', ')}` })
  provider?: (typeof MESSAGING_PROVIDERS)[number] | null;
}

class CrmInput {
  @IsBoolean()
  enabled!: boolean;

  @ValidateIf(({ enabled, templatePack }: CrmInput) => !enabled && typeof templatePack === 'string')
  @IsIn([], { message: 'is for a CRM that is enabled' })
  templatePack?: TemplatePackKey | null;
}

class PaymentsInput {
  @ArrayMaxSize(MAX_PROVIDERS, { message: `must have at most ${MAX_PROVIDERS} providers` })
  @Matches(PROVIDER, { each: true, message: `each ${PROVIDER_RULE}` })
  providers!: string[];
}

class AssociationInput {
  @Matches(PROVIDER, { message: PROVIDER_RULE })
  provider!: string;

  @Optional()
  @Text(64)
  memberId?: string | null;
}

export class TenantIdentity {
  @Optional()
  @NewUuid()
  id?: string | null;

  @Optional()
  @IsSlug()
  slug?: string | null;

  @Optional()
  @Name(200)
  displayName?: string | null;
}

export class ProvisionTenantRules {
  @Optional()
  @Text(128)
  idempotencyKey?: string | null;

  /** One of the schema's own. */
  template?: ProvisioningTemplate | null;

  @ValidateNested()
  @Type(() => TenantIdentity)
  tenant!: TenantIdentity;

  @Optional()
  @ValidateNested()
  @Type(() => SclInput)
  scl?: SclInput | null;

  @Optional()
  @ValidateNested()
  @Type(() => TeeTimeInput)
  teeTime?: TeeTimeInput | null;

  @Optional()
  @ValidateNested()
  @Type(() => MessagingInput)
  messaging?: MessagingInput | null;

  @Optional()
  @ValidateNested()
  @Type(() => CrmInput)
  crm?: CrmInput | null;

  @Optional()
  @IsBoolean()
  billing?: boolean | null;

  @Optional()
  @ValidateNested()
  @Type(() => PaymentsInput)
  payments?: PaymentsInput | null;

  @Optional()
  @ValidateNested()
  @Type(() => AssociationInput)
  association?: AssociationInput | null;
}

/** What a caller asks for, without the key under which it was asked for. */
export type ProvisioningRequest = Omit<ProvisionTenantRules, 'idempotencyKey'>;
