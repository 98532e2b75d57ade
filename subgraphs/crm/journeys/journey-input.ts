import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsInt, ValidateNested } from 'class-validator';
import { IfGiven, Name, Optional, SystemKey, Text, Uuid } from '../../../shared/input/rules';
import { IsTimezone } from '../../../shared/input/timezone';
import type { JourneyChannel, JourneyStepType, JourneyTrigger } from '../graphql.generated';
import { Between } from '../input-rules';

const MAX_STEPS = 50;
const STEP_TYPES: JourneyStepType[] = ['TRIGGER', 'SEND', 'WAIT', 'CONDITION', 'END'];
const CHANNELS: JourneyChannel[] = ['EMAIL', 'SMS', 'PUSH', 'WHATSAPP', 'IN_APP'];
/** Every trigger there is; those that the platform documents come first. */
export const JOURNEY_TRIGGERS: JourneyTrigger[] = [
  'SCL_MEMBER_CREATED',
  'TEETIME_BOOKED',
  'TEETIME_COMPLETED',
  'PAYMENT_FAILED',
  'ENGAGEMENT_DROPPED',
  'CRM_LEAD_SUBMITTED',
  'MANUAL',
];

export class JourneyStepRules {
  @IsIn(STEP_TYPES)
  type!: JourneyStepType;

  @Optional()
  @Name(200)
  name?: string | null;

  @Optional()
  @IsIn(CHANNELS)
  channel?: JourneyChannel | null;

  @Optional()
  @SystemKey()
  templateId?: string | null;

  @Between(1, 365)
  @IsInt()
  waitDays?: number | null;
}

export class CreateJourneyRules {
  @Uuid()
  tenantId!: string;

  @Name(200)
  name!: string;

  @Optional()
  @Text(1_000)
  description?: string | null;

  @IsIn(JOURNEY_TRIGGERS)
  triggerType!: JourneyTrigger;

  @Optional()
  @IsTimezone()
  timezone?: string | null;

  @IsArray()
  @ArrayMaxSize(MAX_STEPS, { message: `must have at most ${MAX_STEPS} steps` })
  @ValidateNested()
  @Type(() => JourneyStepRules)
  steps!: JourneyStepRules[];
}

export class UpdateJourneyRules {
  @IfGiven()
  @Name(200)
  name?: string;

  @Optional()
  @Text(1_000)
  description?: string | null;

  @IfGiven()
  @IsArray()
  @ArrayMaxSize(MAX_STEPS, { message: `must have at most ${MAX_STEPS} steps` })
  @ValidateNested()
  @Type(() => JourneyStepRules)
  steps?: JourneyStepRules[];
}
