import { IsUUID, NotEquals, registerDecorator } from 'class-validator';
import { all, IfGiven, Name, Optional, Text } from '../../../shared/input/rules';
import { NO_TENANT } from '../../../shared/tenancy/no-tenant';
import { isSlug, SLUG_RULE } from '../../../shared/tenancy/slug';

/** A tenant's slug. */
export function IsSlug(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'slug',
      target: target.constructor,
      propertyName: String(property),
      options: { message: SLUG_RULE },
      validator: { validate: (value: unknown) => typeof value === 'string' && isSlug(value) },
    });
}

/** The UUID of a tenant that is, or is to be: any but the one that is nobody's. */
export function IsTenantId(): PropertyDecorator {
  return all(
    IsUUID('loose', { message: 'must be a UUID' }),
    NotEquals(NO_TENANT, { message: `must not be ${NO_TENANT}, which is nobody's` }),
  );
}

export class CreateTenantRules {
  @IsSlug()
  slug!: string;

  @Name(200)
  displayName!: string;

  @Optional()
  @IsTenantId()
  id?: string | null;
}

export class UpdateTenantRules {
  @IfGiven()
  @IsSlug()
  slug?: string;

  @IfGiven()
  @Name(200)
  displayName?: string;
}

export class TenantFilterRules {
  @Optional()
  @Text(200)
  text?: string | null;
}
