import { ArrayMaxSize, IsArray, IsIn, IsUUID, registerDecorator } from 'class-validator';
import { all, IfGiven, Optional, Text } from '../../../shared/input/rules';
import { isEventPattern } from './event-patterns';

/** As many as the column takes. */
const MAX_TYPES = 50;

function IsEventPattern(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'eventType',
      target: target.constructor,
      propertyName: String(property),
      options: { each: true, message: 'each must be a type of docs/EVENTS.md, or a beginning such as crm.*' },
      validator: { validate: isEventPattern },
    });
}

const EventPatterns = () =>
  all(IsArray(), ArrayMaxSize(MAX_TYPES, { message: `must be ${MAX_TYPES} at most` }), IsEventPattern());

export class CreateWebhookSubscriptionRules {
  @Text(2_048)
  url!: string;

  @Optional()
  @IsUUID('loose', { message: 'must be a UUID' })
  tenantId?: string | null;

  @Optional()
  @EventPatterns()
  types?: string[] | null;

  @Optional()
  @Text(500)
  description?: string | null;
}

export class UpdateWebhookSubscriptionRules {
  @IfGiven()
  @Text(2_048)
  url?: string;

  @IfGiven()
  @EventPatterns()
  types?: string[];

  @Optional()
  @Text(500)
  description?: string | null;

  @IfGiven()
  @IsIn(['ACTIVE', 'DISABLED'])
  status?: 'ACTIVE' | 'DISABLED';
}
