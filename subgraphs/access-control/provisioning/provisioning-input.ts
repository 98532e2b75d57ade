import { Type } from 'class-transformer';
import { IsUUID, ValidateNested } from 'class-validator';
import { Optional, Text } from '../../../shared/input/rules';
import { TenantProvisionConfig } from '../registry/provision-config';
import { IsSlug } from '../tenants/tenant-input';

export class TenantIdentity {
  @Optional()
  @IsUUID('loose', { message: 'must be a UUID' })
  id?: string | null;

  @Optional()
  @IsSlug()
  slug?: string | null;

  @Optional()
  @Text(200)
  displayName?: string | null;
}

export class ProvisionTenantRules extends TenantProvisionConfig {
  @ValidateNested()
  @Type(() => TenantIdentity)
  tenant!: TenantIdentity;

  @Optional()
  @Text(128)
  idempotencyKey?: string | null;
}

/** What a run is to set up, without the key under which it was asked for. */
export type ProvisioningRequest = Omit<ProvisionTenantRules, 'idempotencyKey'>;
