import { registerDecorator } from 'class-validator';
import { IfGiven, Name, NewUuid, Optional, Text } from '../../../shared/input/rules';
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

export class CreateTenantRules {
  @IsSlug()
  slug!: string;

  @Name(200)
  displayName!: string;

  @Optional()
  @NewUuid()
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
