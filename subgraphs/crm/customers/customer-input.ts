import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsInt, Length, Matches } from 'class-validator';
import {
  Email,
  IfGiven,
  LegibleName,
  Name,
  Optional,
  PhoneNumber,
  SystemKey,
  Text,
  Uuid,
  WholeCharacters,
} from '../../../shared/input/rules';
import { Between, Moment, Whole } from '../input-rules';
import { type Customer, customerStatuses, lifecycleStages } from './customer.entity';

const MAX_INT = 2_147_483_647;
const MAX_TAGS = 50;
const MAX_TAG_LENGTH = 50;

/** Trims each tag and keeps the first of equal ones. */
const tidyTags = Transform(({ value }: { value: unknown }) =>
  Array.isArray(value)
    ? [...new Set(value.map((tag) => (typeof tag === 'string' ? tag.trim() : tag)))]
    : value,
);

/** What a customer's profile may hold. Fields that have a default may be left out, but not emptied. */
export class CustomerRules {
  @Optional()
  @Text(128)
  authUserId?: string | null;

  @Optional()
  @Email()
  email?: string | null;

  @Optional()
  @PhoneNumber()
  phoneNumber?: string | null;

  @Between(1, MAX_INT)
  @IsInt()
  sclMemberId?: number | null;

  @Optional()
  @Uuid()
  teetimePlayerId?: string | null;

  @Optional()
  @SystemKey()
  messagingContactId?: string | null;

  @Optional()
  @Name(100)
  firstName?: string | null;

  @Optional()
  @Name(100)
  lastName?: string | null;

  @Optional()
  @Name(200)
  displayName?: string | null;

  @IfGiven()
  @IsIn(customerStatuses)
  status?: Customer['status'];

  @IfGiven()
  @IsIn(lifecycleStages)
  lifecycleStage?: Customer['lifecycleStage'];

  @IfGiven()
  @tidyTags
  @IsArray()
  @ArrayMaxSize(MAX_TAGS, { message: `must have at most ${MAX_TAGS} tags` })
  @Length(1, MAX_TAG_LENGTH, { each: true, message: `each must have 1 to ${MAX_TAG_LENGTH} characters` })
  @Matches(/^\P{Cc}*$/u, { each: true, message: 'each must not contain control characters' })
  @WholeCharacters({ each: true })
  @LegibleName({ each: true })
  tags?: string[];

  @Whole(100)
  engagementScore?: number;

  @Whole(100)
  churnRiskScore?: number;

  @Whole(MAX_INT)
  lifetimeValue?: number;

  @Moment()
  lastActivityAt?: Date | null;

  @Whole(MAX_INT)
  activityCount30d?: number;

  @Whole(MAX_INT)
  bookingCount30d?: number;

  @Moment()
  lastBookingAt?: Date | null;

  @Moment()
  lastEmailOpenAt?: Date | null;

  @Between(-10, 54)
  handicap?: number | null;

  @Optional()
  @Uuid()
  homeClubId?: string | null;

  @Optional()
  @Name(200)
  homeClubName?: string | null;

  @Optional()
  @Name(50)
  membershipTier?: string | null;

  @Optional()
  @Name(50)
  membershipStatus?: string | null;

  @Moment()
  memberSince?: Date | null;

  @Moment()
  membershipExpiry?: Date | null;
}

export class CreateCustomerRules extends CustomerRules {
  @Uuid()
  tenantId!: string;
}

export class CustomerFilterRules {
  @Optional()
  @IsIn(customerStatuses)
  status?: Customer['status'] | null;

  @Optional()
  @IsIn(lifecycleStages)
  lifecycleStage?: Customer['lifecycleStage'] | null;

  @Optional()
  @Email()
  email?: string | null;

  @Optional()
  @PhoneNumber()
  phoneNumber?: string | null;

  @Optional()
  @Text(200)
  text?: string | null;

  @Optional()
  @Text(MAX_TAG_LENGTH)
  tag?: string | null;
}
